"""Object stores that the trusted side reads and writes: DVC's remotes, S3, folders. Bytes with digests, no more."""

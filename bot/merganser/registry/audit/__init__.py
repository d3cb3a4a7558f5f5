"""Whether a version can prove where it came from: what was observed in, a chain of judged links out."""

"""Sums over batches of judged rows that merge in any order, so that parts, threads and machines can share the work."""

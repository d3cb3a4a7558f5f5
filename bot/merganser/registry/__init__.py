"""Versions, their evidence and the ledger, as values: decided here, read and written elsewhere."""

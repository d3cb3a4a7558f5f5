"""What runs in an environment and how a version gets there, as values: decided here, read and written elsewhere."""

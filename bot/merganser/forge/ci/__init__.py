"""The CI that runs us: its event and environment, and what we say back to it."""

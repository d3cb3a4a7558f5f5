"""Holding the hub, and what is sent to it, to GitHub's own REST description."""

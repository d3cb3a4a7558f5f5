"""Metrics, statistics, slices and the gate that turns them into a verdict. Pure, but for the readers at its edge."""

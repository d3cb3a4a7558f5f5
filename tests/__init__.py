"""Tests; shared parts are imported as `tests.PART.MODULE`."""

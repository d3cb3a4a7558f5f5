"""Tests of the forge: the adapter against a misbehaving server, the effects against the hub over real HTTP."""

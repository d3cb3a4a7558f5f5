"""Fixtures that every part shares."""

pytest_plugins = ("tests.contract.plugin",)

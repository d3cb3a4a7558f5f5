"""Fixtures and settings that every part shares."""

from hypothesis import settings

pytest_plugins = ("tests.contract.plugin",)

# How long an example takes says more about the machine than about the code.
settings.register_profile("merganser", deadline=None)
settings.load_profile("merganser")

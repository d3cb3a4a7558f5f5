"""The hub: an embedded GitHub on loopback, for the demo, `try` and the tests. Its parts are in the modules beside."""

from merganser.hub.answering import Exchange
from merganser.hub.embedded import Hub

__all__ = ["Exchange", "Hub"]

"""The hub, driven by real PyGithub and real git."""

"""Git plumbing on the hub's bare repositories. Nothing here knows HTTP or SQLite."""

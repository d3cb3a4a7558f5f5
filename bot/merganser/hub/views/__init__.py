"""What the hub knows, in the form in which GitHub says it. Nothing here changes anything."""

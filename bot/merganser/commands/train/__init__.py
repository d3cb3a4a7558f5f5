"""`merganser train`: the untrusted side, where a bundle is made."""

"""`merganser audit`: what a clone, GitHub and the environments say of a version. What that proves: `registry.audit`."""

"""`merganser report --sweep`: what lost events, limits and time left to be done."""

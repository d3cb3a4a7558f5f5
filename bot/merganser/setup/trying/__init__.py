"""`merganser try`: a pull request of the person's own repository, on the embedded hub."""

"""`merganser register`: which commit or tag is meant, and what the release of the version holds."""

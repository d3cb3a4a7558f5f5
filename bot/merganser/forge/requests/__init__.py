"""How a request travels to GitHub: by whose token, and what its failures mean. What is asked: `github`."""

"""The effects on GitHub: each looks first and writes only what is missing. `apply` makes a plan true by them."""

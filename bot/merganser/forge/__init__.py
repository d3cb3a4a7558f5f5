"""GitHub behind a small protocol, the effects that make a plan true there, and the CI runtime."""

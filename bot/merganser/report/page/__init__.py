"""One verdict as a page that stands for itself: a single HTML file without script, font or address. Pure."""

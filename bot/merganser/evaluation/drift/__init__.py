"""Whether features look as they did: profiles of tables, and how far two tables or profiles lie apart. No files."""

"""From judged runs to what people read: comment, check output, comparison tables, terminal. Pure."""

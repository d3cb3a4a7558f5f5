"""The edge of the evaluation, and the only place of it that opens files: predictions, labels and features as tables."""

from merganser.evaluation.readers.bare import default_model
from merganser.evaluation.readers.tables import Table, open_table, read_rows, read_table

__all__ = ["Table", "default_model", "open_table", "read_rows", "read_table"]

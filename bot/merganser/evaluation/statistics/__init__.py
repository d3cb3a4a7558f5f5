"""Formulas of the gate: numbers and arrays in, estimates and bounds out. No tables, no files, no configuration."""

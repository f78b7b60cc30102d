"""The tables of intake."""

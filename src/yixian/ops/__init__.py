"""Running it: the `yixian` command line, the embedded database, the process supervisor, demo data, benchmarks.

The top room; may import all others. Subcommands import lazily, so that the pure ones never load Django.
Read first: `cli` (the commands), `serve` (everything on one machine), `embedded` (the database that comes along).
"""

"""Executable clauses: YAML timelines run through the pure lifecycle and compared with what they expect.

Pure: may import `rulebook` and `lifecycle`, never Django or a database.
Read first: `runner` (one file to one result), `compare` (how `expect` is compared), `cli` (the command).
"""

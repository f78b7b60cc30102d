"""From plain data of the rooms below to the words pages show. Pure: no request, no database, nothing decided here.

Read first: `clocks` (a clock as a chip), `articles` (an article as a tag), `forms` (a payload type as a form).
"""

"""Notices to people inside the platform (提醒) and what is handed to other systems.

Delivers what `wiring/reactions.py` asks for. May import `orders` and what lies below it.
Read first: `models` (tables), `actions` (what changes them), `queries` (what reads them).
"""

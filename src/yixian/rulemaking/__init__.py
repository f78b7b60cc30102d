"""Rulebooks edited by people: drafts, checks against all scenarios, publication by a second person, what-if replays.

May import `scenario`, `orders` and what lies below them. Nothing here decides on an order.
Read first: `models` (tables), `actions` (what changes them), `queries` (what reads them).
"""

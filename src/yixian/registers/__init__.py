"""Registers (台账与名录): staff, rosters, works notices, contacts, meetings, accountability and the like.

Which registers there are, their fields, who owes an entry and until when. May import `exchange` (to remind), `orders`
and what lies below.
Read first: `models` (tables), `actions` (what changes them), `queries` (what reads them).
"""

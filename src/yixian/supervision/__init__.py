"""Supervision (督办) beyond one order: alarms, ledgers, hand-over to the supervision office, a unit's figures.

Cases themselves are decided in `lifecycle`. May import `registers`, `exchange`, `orders` and what lies below them.
Read first: `models` (tables), `actions` (what changes them), `queries` (what reads them).
"""

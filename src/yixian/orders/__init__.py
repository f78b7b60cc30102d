"""The event log, the orders' current state, their deadlines; one unit of work and one door, `actions.handle`.

May import `lifecycle` and `parties` (and what lies below them). Events are appended, never changed; all else follows.
Read first: `actions` (load, decide, append, project), `models` (tables), `queries` (lists and details).
"""

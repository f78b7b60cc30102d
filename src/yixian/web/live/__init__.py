"""What appears by itself (实时): one follower reads what was committed, a hub hands it to open streams.

Runs as a process of its own (`yixian live`, `wiring/asgi.py`); commands know nothing of it and pay nothing. A message
carries order numbers, states, cards, kinds and counts, never a word that somebody said. docs/decisions/0013-live.md.

Read first: `hub.Hub`, `following.Follower`, `app.application`.
"""

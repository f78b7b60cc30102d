"""What ties the rooms together: settings, root URLs and the one table event -> reactions.

May import every room below; holds no logic of the trade.
Read first: `settings`, `urls`, `reactions`.
"""

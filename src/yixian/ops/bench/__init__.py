"""`yixian bench`: what the platform does per second, against what the same machine and database do without it.

Parts: `commanding` (a, b, c), `reading` (d), `sweeping` (e, f), `pure` (g), `holding` (h), `listening` (i); `run`
prints them.
"""

from __future__ import annotations

from yixian.ops.bench.run import command

__all__ = ["command"]

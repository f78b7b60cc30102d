"""一线 Yixian: the platform behind a 12345 政务服务便民热线.

Regulation is data (`rulebook`), decisions are pure (`lifecycle`), everything explains itself. The map of the
rooms is docs/architecture.md; an import contract keeps the arrows pointing down.
"""

__version__ = "0.1.0"

"""What a linked order of another platform tells this one (关联工单): recorded, and the link itself made known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from yixian.lifecycle import commands
from yixian.lifecycle.draft import Draft

LINKING = frozenset({"opened", "received"})
"""The two ends of a link: an order was opened elsewhere for this one, or this one was opened for another."""


def relay(draft: Draft, payload: commands.Relay) -> None:
    """关联工单来件: the state stays as it is; what takes effect comes as a command of its own."""
    body: dict[str, Any] = {
        name: value for name in payload.__struct_fields__ if (value := getattr(payload, name)) is not None
    }
    if payload.kind in LINKING:
        body["flags"] = ("linked",)
    draft.emit("relayed", body)


Act = Callable[[Draft, Any], None]
ACTS: dict[str, Act] = {"relay": relay}

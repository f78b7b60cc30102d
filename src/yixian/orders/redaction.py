"""Personal data inside a command's words: masked before anything is decided, the original sealed in the vault."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from yixian.lifecycle.commands import Command, Payload
from yixian.parties import masking, vault

FREE_TEXT = frozenset(
    {
        *("text", "note", "reason", "suggestion", "requirements", "evidence", "progress", "plan", "opinion"),
        *("matter", "defects", "subject", "place", "contacted", "waiver"),
        *("party", "topics", "attachments", "decision", "delegation", "delegated_to", "explanation", "about"),
    }
)


def unsafe(payload: Payload) -> bool:
    """Whether some of its words have to be masked."""
    return any(masking.mask_text(text) != text for _, text in _texts(payload))


def replied_text(command: Command) -> str | None:
    """The text of a reply as written, None for other commands: its checks must not find the masks we put there."""
    return getattr(command.payload, "text", None) if command.name in ("reply", "draft_reply") else None


def redacted(command: Command, requester: str | None) -> tuple[Command, dict[str, str]]:
    """The command with its words masked, and field -> ref of the sealed original. Writes only if needed."""
    found = [(name, text) for name, text in _texts(command.payload) if masking.mask_text(text) != text]
    if not found:
        return command, {}
    answers = vault.redact_many([(text, requester) for _, text in found])
    changed: dict[str, Any] = {}
    sealed: dict[str, str] = {}
    for (name, text), (masked, ref) in zip(found, answers, strict=True):
        changed[name] = _replaced(changed.get(name, getattr(command.payload, name)), text, masked)
        if ref is not None:
            sealed[name] = ref
    return msgspec.structs.replace(command, payload=msgspec.structs.replace(command.payload, **changed)), sealed


def _texts(payload: Payload) -> Iterator[tuple[str, str]]:
    for name in payload.__struct_fields__:
        if name in FREE_TEXT:
            value = getattr(payload, name)
            if isinstance(value, str):
                yield name, value
            elif isinstance(value, tuple):
                yield from ((name, item) for item in value if isinstance(item, str))


def _replaced(value: Any, text: str, masked: str) -> Any:
    if isinstance(value, tuple):
        return tuple(masked if item == text else item for item in value)
    return masked

"""The hash chain of an order's events: each hash covers the one before and the whole event, canonically encoded."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec

START = bytes(32)
"""What stands before the first event."""

_encoder = msgspec.json.Encoder(order="sorted")


def encode(data: Any) -> bytes:
    """The canonical JSON of event data: keys sorted, UTF-8; the same before it is stored and after it is read back."""
    return _encoder.encode(data)


def link(
    prev: bytes,
    number: str,
    seq: int,
    kind: str,
    at: int,
    by: str,
    actor: int | None,
    data: bytes,
    basis: Sequence[str],
) -> bytes:
    """The hash of one event. `data` is its canonical JSON."""
    head = _encoder.encode((number, seq, kind, at, by, actor, basis))
    return hashlib.sha256(b"%b\n%b\n%b" % (prev, head, data)).digest()


def merkle(hashes: Sequence[bytes]) -> bytes:
    """The Merkle root of hashes in order; an odd one at the end of a level goes up as it is. Empty: `START`."""
    level = list(hashes)
    while len(level) > 1:
        pairs = [hashlib.sha256(b"\x01" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)]
        level = pairs + level[len(level) - len(level) % 2 :]
    return level[0] if level else START

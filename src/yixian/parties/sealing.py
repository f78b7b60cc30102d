"""Opening and closing one row of the vault with its data key."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import msgspec

from yixian.parties.keys import keyring, seal, unseal
from yixian.parties.person import Person

ROW = ("id", "type", "key_id", "wrapped_key", "sealed", "phone_hash", "id_hash")
"""The columns of a requester that the vault reads."""

NO_REF = uuid.UUID(int=0)
"""A ref that no row has."""


def data_key(row: Mapping[str, Any]) -> bytes:
    """The data key of a requester's row; raises KeyMissing."""
    return keyring().unwrap(row["key_id"], bytes(row["wrapped_key"]), row["id"].bytes)


def opened(row: Mapping[str, Any]) -> Person:
    """Who a requester's row is about; raises KeyMissing."""
    return msgspec.json.decode(unseal(data_key(row), bytes(row["sealed"]), row["id"].bytes), type=Person)


def resealed(row: Mapping[str, Any], person: Person) -> bytes:
    """New content for a requester's row, under the key it has."""
    return seal(data_key(row), msgspec.json.encode(person), row["id"].bytes)


def id_hash(person: Person) -> bytes | None:
    """The keyed hash of the person's identity number, None without one."""
    return keyring().digest("id", person.id_number) if person.id_number else None


def parse_ref(ref: str) -> uuid.UUID | None:
    """A ref as the database knows it; None when it cannot be one."""
    try:
        parsed = uuid.UUID(ref)
    except ValueError:
        return None
    return parsed if str(parsed) == ref else None

"""What is known of a person, as words that must not stand in anything for the public. For masking only: never shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from yixian.parties.keys import KeyMissing
from yixian.parties.models import Requester
from yixian.parties.sealing import NO_REF, ROW, opened, parse_ref

SHORTEST_ADDRESS = 6


def words_of(ref: str | None) -> tuple[str, ...]:
    """Name, phone, identity number and address of the person behind a ref; () where nothing is or can be known."""
    return words_of_many([ref] if ref else []).get(ref or "", ())


def words_of_many(refs: Iterable[str | None]) -> dict[str, tuple[str, ...]]:
    """The same for many refs, in one query; those of whom nothing is known are left out."""
    asked = {ref: parse_ref(ref) or NO_REF for ref in refs if ref}
    rows = (
        {row["id"]: row for row in Requester.objects.filter(id__in=set(asked.values())).values(*ROW)} if asked else {}
    )
    found = {ref: _words(rows[number]) for ref, number in asked.items() if number in rows}
    return {ref: words for ref, words in found.items() if words}


def _words(row: dict[str, Any]) -> tuple[str, ...]:
    if not row["wrapped_key"]:
        return ()
    try:
        person = opened(row)
    except KeyMissing:
        return ()
    found = [person.name, person.phone, person.id_number]
    if person.address and len(person.address) >= SHORTEST_ADDRESS:
        found.append(person.address)
    return tuple(word for word in found if word and len(word) >= 2)

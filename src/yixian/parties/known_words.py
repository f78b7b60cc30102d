"""What is known of a person, as words that must not stand in anything for the public. For masking only: never shown."""

from __future__ import annotations

from yixian.parties.keys import KeyMissing
from yixian.parties.models import Requester
from yixian.parties.sealing import NO_REF, ROW, opened, parse_ref

SHORTEST_ADDRESS = 6


def words_of(ref: str | None) -> tuple[str, ...]:
    """Name, phone, identity number and address of the person behind a ref; () where nothing is or can be known."""
    row = Requester.objects.filter(id=parse_ref(ref) or NO_REF).values(*ROW).first() if ref else None
    if row is None or not row["wrapped_key"]:
        return ()
    try:
        person = opened(row)
    except KeyMissing:
        return ()
    found = [person.name, person.phone, person.id_number]
    if person.address and len(person.address) >= SHORTEST_ADDRESS:
        found.append(person.address)
    return tuple(word for word in found if word and len(word) >= 2)

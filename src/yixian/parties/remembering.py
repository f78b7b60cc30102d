"""Remembering requesters, one or thousands: set-based, safe when two processes hear of the same phone at once."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import psycopg
from django.db import connection, transaction

from yixian.parties.errors import InvalidPerson
from yixian.parties.keys import keyring, seal
from yixian.parties.models import Requester
from yixian.parties.person import FIELDS, Person, checked, merged
from yixian.parties.sealing import ROW, id_hash, opened, resealed

CHUNK = 2000

_COLUMNS = ", ".join(ROW)
_KNOWN = f"""
select {_COLUMNS} from parties_requester where phone_hash = any (%s::bytea[])
union all
select {_COLUMNS} from parties_requester where phone_hash is null and id_hash = any (%s::bytea[])"""
_MEET = f"""
with made as (
    insert into parties_requester (id, type, key_id, wrapped_key, sealed, phone_hash, id_hash, created_at)
    select *, now() from unnest(%s::uuid[], %s::text[], %s::text[], %s::bytea[], %s::bytea[], %s::bytea[], %s::bytea[])
    on conflict do nothing returning id
)
select id, null, null, null, null, null, null from made
union all {_KNOWN}"""
_UPDATE = """
update parties_requester r set sealed = n.sealed, type = n.type, id_hash = n.id_hash
from unnest(%s::uuid[], %s::bytea[], %s::text[], %s::bytea[]) as n (id, sealed, type, id_hash) where r.id = n.id"""

Told = Mapping[str, str | None]
Key = tuple[str, bytes]


def remember(
    *,
    name: str | None = None,
    phone: str | None = None,
    id_number: str | None = None,
    address: str | None = None,
    type: str | None = None,
    replace: bool = False,
) -> str | None:
    """Keep who a requester is; the same phone (without one: the same identity number) gives the same ref.

    Returns the ref, None when there is nothing to keep. What is known is filled up; `replace` lets the new values win
    (for staff who verified them). Raises InvalidPerson.
    """
    told = {"name": name, "phone": phone, "id_number": id_number, "address": address, "type": type}
    answer = remember_many([told], replace=replace)[0]
    if isinstance(answer, InvalidPerson):
        raise answer
    return answer


def remember_many(people: Sequence[Told], *, replace: bool = False) -> list[str | InvalidPerson | None]:
    """`remember` for many at once, set-based; each gets its ref, None (nothing to keep) or what is wrong with it."""
    answers: list[str | InvalidPerson | None] = []
    for start in range(0, len(people), CHUNK):
        answers += _remember_chunk(people[start : start + CHUNK], replace)
    return answers


def _remember_chunk(people: Sequence[Told], replace: bool) -> list[str | InvalidPerson | None]:
    answers: list[str | InvalidPerson | None] = []
    keys: list[Key | None] = []
    told: dict[Key, Person] = {}
    for row in people:
        key: Key | None = None
        try:
            person = checked(*(row.get(field) for field in (*FIELDS, "type")))
        except InvalidPerson as error:
            answers.append(error)
        else:
            answers.append(None)
            if person is not None:
                key = _key_of(person)
                told[key] = merged(told[key], person, replace=replace) if key in told else person
        keys.append(key)
    refs = _refs_of(told, replace)
    return [answer if key is None else refs[key] for answer, key in zip(answers, keys, strict=True)]


def _key_of(person: Person) -> Key:
    ring = keyring()
    if person.phone:
        return "phone", ring.digest("phone", person.phone)
    if person.id_number:
        return "id", ring.digest("id", person.id_number)
    return "new", uuid.uuid4().bytes


def _refs_of(told: dict[Key, Person], replace: bool) -> dict[Key, str]:
    """The ref of each key: known people are filled up, unknown ones inserted, in one transaction and a fixed order."""
    if not told:
        return {}
    with transaction.atomic(savepoint=False):  # nothing inside is caught, so a savepoint would be two idle journeys
        refs, known = _meet(told)
        late = [key for key in told if key not in refs]
        if late:  # someone else remembered them at the same moment
            known |= _known(_rows(_KNOWN, _hashes(late)))
            refs |= {key: str(known[key]["id"]) for key in late}
        _fill_up({refs[key]: (told[key], row) for key, row in known.items()}, replace)
    return refs


def _hashes(keys: Iterable[Key]) -> list[list[bytes]]:
    """The hashes by which requesters are found: of phones, and of identity numbers without a phone."""
    found: dict[str, list[bytes]] = {"phone": [], "id": [], "new": []}
    for kind, value in keys:
        found[kind].append(value)
    return [found["phone"], found["id"]]


def _known(rows: Iterable[tuple[Any, ...]]) -> dict[Key, dict[str, Any]]:
    found: dict[Key, dict[str, Any]] = {}
    for values in rows:
        row = dict(zip(ROW, values, strict=True))
        found[("phone", row["phone_hash"]) if row["phone_hash"] is not None else ("id", row["id_hash"])] = row
    return found


def _rows(query: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run a prepared statement below Django's cursor: every registration comes through here."""
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(query, parameters, prepare=True)  # type: ignore[arg-type]
        return cursor.fetchall()


def _meet(people: dict[Key, Person]) -> tuple[dict[Key, str], dict[Key, dict[str, Any]]]:
    """Insert who is unknown and read who is known, in one journey; returns the refs, and the rows of the known."""
    ring = keyring()
    rows: list[tuple[Any, ...]] = []
    by_id: dict[uuid.UUID, Key] = {}
    for key, person in sorted(people.items(), key=lambda item: item[0]):  # a fixed order: no deadlock between imports
        ref = uuid.uuid4()
        data_key, wrapped = ring.new_key(ref.bytes)
        sealed = seal(data_key, msgspec.json.encode(person), ref.bytes)
        phone_hash = key[1] if key[0] == "phone" else None
        rows.append((ref, person.type, ring.current, wrapped, sealed, phone_hash, id_hash(person)))
        by_id[ref] = key
    found = _rows(_MEET, [*(list(column) for column in zip(*rows, strict=True)), *_hashes(people)])
    made = {by_id[row[0]]: str(row[0]) for row in found if row[0] in by_id}
    known = _known(row for row in found if row[0] not in by_id)
    return made | {key: str(row["id"]) for key, row in known.items()}, known


def _fill_up(met: dict[str, tuple[Person, dict[str, Any]]], replace: bool) -> None:
    """Write what was told beyond what is known; rows that would not change are neither locked nor written."""
    changed = [ref for ref, (told, row) in met.items() if merged(was := opened(row), told, replace=replace) != was]
    if not changed:
        return
    columns: list[tuple[Any, ...]] = []
    for row in Requester.objects.select_for_update().filter(id__in=changed).order_by("id").values(*ROW):
        if not row["wrapped_key"]:
            continue  # forgotten in the meantime
        person = merged(opened(row), met[str(row["id"])][0], replace=replace)
        columns.append((row["id"], resealed(row, person), person.type, id_hash(person)))
    if columns:
        with connection.cursor() as cursor:
            cursor.execute(_UPDATE, [list(column) for column in zip(*columns, strict=True)])

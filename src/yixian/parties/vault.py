"""The vault (诉求人信息库): personal data encrypted at rest, found by keyed hash, masked unless unmasked with a reason.

Each person has a data key, wrapped by the master key; destroying it forgets the person in every copy of the row.
Everything else in the database holds only the `ref` of a person or of a sealed text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from yixian.parties import journal, masking
from yixian.parties.errors import InvalidPerson, NotAllowed, PartyError
from yixian.parties.keys import KeyMissing, keyring
from yixian.parties.models import Requester, SealedText
from yixian.parties.permission import About, Actor, holds
from yixian.parties.person import FIELDS, normal_phone
from yixian.parties.remembering import remember, remember_many
from yixian.parties.roles import MANAGE, who_holds
from yixian.parties.sealing import NO_REF, ROW, opened, parse_ref
from yixian.parties.texts import redact, redact_many, reveal_text

__all__ = [
    "find_by_id_number",
    "find_by_phone",
    "forget",
    "masked",
    "redact",
    "redact_many",
    "remember",
    "remember_many",
    "reveal",
    "reveal_text",
    "rotate",
]

NO_RECORD = "查无记录"
BROKEN = "无法解密"

Keyed = TypeVar("Keyed", Requester, SealedText)


def find_by_phone(phone: str) -> str | None:
    """The ref of the requester with this phone, None when there is none or the number cannot be one."""
    try:
        plain = normal_phone(phone)
    except InvalidPerson:
        return None
    digest = keyring().digest("phone", plain)
    ref = Requester.objects.filter(phone_hash=digest).values_list("id", flat=True).first() if plain else None
    return str(ref) if ref else None


def find_by_id_number(number: str) -> list[str]:
    """The refs of the requesters with this identity number, oldest first, at most 20 (one person, several phones)."""
    digest = keyring().digest("id", "".join(masking.narrow(number).split()).upper())
    rows = Requester.objects.filter(id_hash=digest).order_by("created_at").values_list("id", flat=True)[:20]
    return [str(ref) for ref in rows]


def masked(refs: Iterable[str | None]) -> dict[str, dict[str, str]]:
    """Name, phone, id_number, address and type of each ref, masked; one query for all of them.

    A forgotten person's values read 已注销, an unknown ref's 查无记录.
    """
    wanted = {ref for ref in refs if ref}
    answers = {ref: dict.fromkeys((*FIELDS, "type"), NO_RECORD) for ref in wanted}
    valid = [parsed for ref in wanted if (parsed := parse_ref(ref))]
    if valid:
        for row in Requester.objects.filter(id__in=valid).values(*ROW):
            answers[str(row["id"])] = _masked_row(row)
    return answers


def _masked_row(row: Mapping[str, Any]) -> dict[str, str]:
    if not row["wrapped_key"]:
        return dict.fromkeys(FIELDS, masking.FORGOTTEN) | {"type": row["type"]}
    try:
        person = opened(row)
    except KeyMissing:
        return dict.fromkeys(FIELDS, BROKEN) | {"type": row["type"]}
    return {
        "name": masking.mask_name(person.name, person.type),
        "phone": masking.mask_phone(person.phone),
        "id_number": masking.mask_id(person.id_number),
        "address": masking.mask_address(person.address),
        "type": person.type,
    }


def reveal(ref: str, *, actor: Actor, reason: str, about: About | None = None, address: str = "") -> dict[str, str]:
    """A person's data in full, for a stated reason; the look is journaled in the same transaction.

    `about` is the order it is looked at for: a unit needs it, and is refused on a confidential order. `address` is
    where the request came from. Raises NotAllowed, PartyError (no such person, forgotten, or no real reason).
    """
    reason = journal.permitted(actor, reason, about)
    with transaction.atomic():
        row = Requester.objects.filter(id=parse_ref(ref) or NO_REF).values(*ROW).first()
        if row is None:
            raise PartyError("查无此诉求人", "ref")
        if not row["wrapped_key"]:
            raise PartyError("该诉求人的信息已按本人要求注销, 不能再查看", "ref")
        person = opened(row)
        journal.unmasked(actor, "person", ref, reason, about, address)
    return {field: getattr(person, field) for field in (*FIELDS, "type")}


# --- forgetting, rotating ---------------------------------------------------------------------------------------


def forget(ref: str, *, actor: Actor, reason: str) -> None:
    """Destroy a person's key and hashes: their data and the originals of their texts can never be read again.

    Raises NotAllowed, PartyError. Forgetting twice does nothing more.
    """
    if not holds(actor, MANAGE):
        titles = who_holds(MANAGE)
        raise NotAllowed(f"只有{'、'.join(titles)}可以注销诉求人信息", titles)
    reason = journal.real_reason(reason)
    with transaction.atomic():
        row = Requester.objects.select_for_update().filter(id=parse_ref(ref) or NO_REF).first()
        if row is None:
            raise PartyError("查无此诉求人", "ref")
        if row.forgotten_at is not None:
            return
        row.wrapped_key = row.sealed = b""
        row.phone_hash = row.id_hash = None
        row.forgotten_at = timezone.now()
        row.save()
        SealedText.objects.filter(requester=row).update(sealed=b"")
        journal.audit(actor, "forget_requester", f"requester:{ref}", after={"reason": masking.mask_text(reason)})


def rotate(*, limit: int = 1000) -> int:
    """Wrap up to `limit` data keys anew that an older master key wraps; returns how many, 0 when none is left.

    Only the wrapping changes; several workers may rotate at once. Raises KeyMissing when an older key is not here.
    """
    with transaction.atomic():
        people = list(_stale(Requester.objects.all())[:limit])
        _rewrap(people)
        Requester.objects.bulk_update(people, ["key_id", "wrapped_key"], batch_size=500)
        texts = list(_stale(SealedText.objects.all())[: limit - len(people)])
        _rewrap(texts)
        SealedText.objects.bulk_update(texts, ["key_id", "wrapped_key"], batch_size=500)
    return len(people) + len(texts)


def _stale(rows: QuerySet[Keyed]) -> QuerySet[Keyed]:
    stale = rows.exclude(key_id=keyring().current).exclude(wrapped_key=b"")
    return stale.select_for_update(skip_locked=True).only("id", "key_id", "wrapped_key")


def _rewrap(rows: Iterable[Requester | SealedText]) -> None:
    ring = keyring()
    for row in rows:
        key = ring.unwrap(row.key_id, bytes(row.wrapped_key), row.id.bytes)
        row.key_id, row.wrapped_key = ring.current, ring.wrap(key, row.id.bytes)

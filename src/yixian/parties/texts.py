"""Free text with personal data in it: masked where everyone reads it, the original sealed in the vault."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from yixian.parties import journal, masking
from yixian.parties.errors import PartyError
from yixian.parties.keys import keyring, seal, unseal
from yixian.parties.models import Requester, SealedText
from yixian.parties.permission import About, Actor
from yixian.parties.sealing import NO_REF, ROW, data_key, parse_ref

CHUNK = 2000


def redact(text: str, *, requester: str | None = None) -> tuple[str, str | None]:
    """The text with phones, identity numbers and bank cards masked, and the ref of the sealed original.

    The ref is None when there was nothing to mask. With `requester`, forgetting that person forgets the original too.
    """
    return redact_many([(text, requester)])[0]


def redact_many(texts: Sequence[tuple[str, str | None]]) -> list[tuple[str, str | None]]:
    """`redact` for many (text, requester ref) at once: one query and one insert, none when nothing was found."""
    answers: list[tuple[str, str | None]] = [(masking.mask_text(text), None) for text, _ in texts]
    found = [place for place, (text, _) in enumerate(texts) if answers[place][0] != text]
    if not found:
        return answers
    people = {parsed for place in found if (parsed := parse_ref(texts[place][1] or ""))}
    keys = {row["id"]: data_key(row) for row in Requester.objects.filter(id__in=people, forgotten_at=None).values(*ROW)}
    ring = keyring()
    rows: list[SealedText] = []
    for place in found:
        text, owner = texts[place]
        row = SealedText(requester_id=parse_ref(owner or ""))
        key = keys.get(row.requester_id) if row.requester_id else None
        if key is None:
            key, row.wrapped_key = ring.new_key(row.id.bytes)
            row.key_id, row.requester_id = ring.current, None
        row.sealed = seal(key, text.encode("utf-8", "surrogatepass"), row.id.bytes)
        rows.append(row)
        answers[place] = (answers[place][0], str(row.id))
    SealedText.objects.bulk_create(rows, batch_size=CHUNK)
    return answers


def reveal_text(ref: str, *, actor: Actor, reason: str, about: About | None = None, address: str = "") -> str:
    """The original of a redacted text, for a stated reason; journaled like `reveal` and refused like it."""
    reason = journal.permitted(actor, reason, about)
    with transaction.atomic():
        row = SealedText.objects.select_related("requester").filter(id=parse_ref(ref) or NO_REF).first()
        if row is None:
            raise PartyError("查无此原文", "ref")
        owner = row.requester
        if owner is None:
            key = keyring().unwrap(row.key_id, bytes(row.wrapped_key), row.id.bytes)
        elif owner.forgotten_at is not None:
            raise PartyError("该诉求人的信息已按本人要求注销, 原文不能再查看", "ref")
        else:
            key = keyring().unwrap(owner.key_id, bytes(owner.wrapped_key), owner.id.bytes)
        text = unseal(key, bytes(row.sealed), row.id.bytes).decode("utf-8", "surrogatepass")
        journal.unmasked(actor, "text", ref, reason, about, address)
    return text

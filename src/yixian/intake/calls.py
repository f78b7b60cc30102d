"""Calls at the agent desk (受理台): what was typed and not registered yet, and how each call ended.

Drafts may name a person: each lies encrypted under a key of its own, belongs to one agent, and dies with its
registration or after a day.
"""

from __future__ import annotations

import datetime as dt
import uuid

import msgspec
from django.db import IntegrityError, transaction

from yixian.intake.models import Call, CallDraft, OrderPlace
from yixian.orders import clock, platforms
from yixian.orders.errors import BadInput, Changed, NotFound
from yixian.parties import vault
from yixian.parties.access import Actor
from yixian.parties.keys import KeyMissing, keyring, seal, unseal

Fields = dict[str, list[str]]
MOST_DRAFTS = 20
LIVES = dt.timedelta(hours=24)
LARGEST = 200_000
MOST_CALLS = 20
LONGEST_NOTES = 2000


class Draft(msgspec.Struct, frozen=True):
    """A draft as its owner finds it. `version` 0: not kept yet."""

    id: str
    version: int
    fields: Fields
    begun: int
    kept: int


# --- drafts -------------------------------------------------------------------------------------------------------


def keep(actor: Actor, draft: str, version: int, fields: Fields) -> Draft:
    """Keep what was typed under this draft; `version` is what the page last knew, 0 for a new one.

    Returns the draft with its new version. Raises BadInput (too much, no room for another draft), Changed (another
    window kept something newer), NotFound (registered or thrown away meanwhile, or another agent's).
    """
    content = msgspec.json.encode(fields)
    if len(content) > LARGEST:
        raise BadInput("内容过多, 不能暂存; 请精简后再试")
    try:
        return _kept(_owner(actor), draft, version, fields, content)
    except IntegrityError:  # two windows began the same draft at the same moment
        raise Changed("这份登记在另一个窗口里有更新的内容。") from None


def _kept(owner: int, draft: str, version: int, fields: Fields, content: bytes) -> Draft:
    now = _now()
    with transaction.atomic():
        row = CallDraft.objects.select_for_update().filter(pk=_key(draft), owner=owner).first()
        if row is None and version:
            raise NotFound("这份登记已经提交或丢弃, 或已超过一天。")
        if row is not None and row.version != version:
            raise Changed("这份登记在另一个窗口里有更新的内容。")
        if row is None:
            row = _new(draft, owner, now)
        else:
            row.version += 1
        data_key = keyring().unwrap(row.key_id, bytes(row.wrapped_key), row.pk.bytes)
        row.sealed, row.updated_at = seal(data_key, content, row.pk.bytes), now
        row.save()
    return _draft(row, fields)


def _new(draft: str, owner: int, now: dt.datetime) -> CallDraft:
    if CallDraft.objects.filter(pk=_key(draft)).exists():
        raise NotFound("没有这份暂存的登记。")
    CallDraft.objects.filter(owner=owner, updated_at__lt=now - LIVES).delete()
    if CallDraft.objects.filter(owner=owner).count() >= MOST_DRAFTS:
        raise BadInput(f"暂存的登记已有 {MOST_DRAFTS} 份, 请先处理或丢弃一些")
    row = CallDraft(pk=_key(draft), owner_id=owner, version=1, created_at=now, updated_at=now)
    _, row.wrapped_key = keyring().new_key(row.pk.bytes)
    row.key_id = keyring().current
    return row


def kept(actor: Actor) -> list[Draft]:
    """The agent's drafts of the last day, the newest first."""
    rows = CallDraft.objects.filter(owner=_owner(actor), updated_at__gt=_now() - LIVES).order_by("-updated_at")
    found = [(row, _opened(row)) for row in rows[:MOST_DRAFTS]]
    return [_draft(row, fields) for row, fields in found if fields is not None]


def take(actor: Actor, draft: str) -> Draft:
    """One of the agent's drafts. Raises NotFound."""
    row = CallDraft.objects.filter(pk=_key(draft), owner=_owner(actor), updated_at__gt=_now() - LIVES).first()
    fields = _opened(row) if row else None
    if row is None or fields is None:
        raise NotFound("这份暂存的登记已经提交、丢弃或超过一天。")
    return _draft(row, fields)


def drop(actor: Actor, draft: str) -> bool:
    """Destroy a draft of the agent's; whether there was one."""
    return bool(CallDraft.objects.filter(pk=_key(draft), owner=_owner(actor)).delete()[0])


def purge() -> int:
    """Destroy drafts older than a day; returns how many."""
    return CallDraft.objects.filter(updated_at__lt=_now() - LIVES).delete()[0]


def _opened(row: CallDraft) -> Fields | None:
    """The fields, None where the key they lie under is not here any more."""
    try:
        data_key = keyring().unwrap(row.key_id, bytes(row.wrapped_key), row.pk.bytes)
        return msgspec.json.decode(unseal(data_key, bytes(row.sealed), row.pk.bytes), type=Fields)
    except (KeyMissing, msgspec.DecodeError):
        return None


def _draft(row: CallDraft, fields: Fields) -> Draft:
    return Draft(
        str(row.pk), row.version, fields, int(row.created_at.timestamp()), int(row.updated_at.timestamp())
    )  # fmt: skip


def _key(draft: str) -> uuid.UUID:
    try:
        return uuid.UUID(draft)
    except ValueError:
        raise BadInput("这份登记的标记不正确, 请刷新页面后再试", "draft") from None


def _owner(actor: Actor) -> int:
    if actor.user_id is None:
        raise NotFound("没有登录的用户不能暂存。")
    return actor.user_id


def _now() -> dt.datetime:
    return dt.datetime.fromtimestamp(clock.now(), dt.UTC)


# --- how calls ended ----------------------------------------------------------------------------------------------


def ended(actor: Actor, platform: str, order_no: str, ending: str, *, party: str = "", notes: str = "") -> Call:
    """Record how a call ended: on which order, how, who joined. Belongs into the transaction of its commands."""
    said, ref = vault.redact(notes[:LONGEST_NOTES]) if notes else ("", None)
    return Call.objects.create(
        owner_id=_owner(actor),
        platform_id=platforms.of_code(platform).id,
        order_no=order_no,
        ending=ending,
        party=vault.redact(party[:200])[0][:200] if party else "",
        notes=said,
        notes_ref=ref,
        at=_now(),
    )


def last(actor: Actor, order_no: str) -> Call:
    """The agent's latest call on this order within a day. Raises NotFound."""
    found = Call.objects.filter(owner=_owner(actor), order_no=order_no, at__gt=_now() - LIVES).order_by("-id").first()
    if found is None:
        raise NotFound(f"没有您刚刚办理的编号为 {order_no!r} 的来电。")
    return found


def summed_up(actor: Actor, order_no: str, notes: str) -> Call:
    """Write the wrap-up notes (小结) of the agent's latest call on this order. Raises NotFound, BadInput."""
    plain = notes.replace("\0", "").strip()
    if len(plain) > LONGEST_NOTES:
        raise BadInput(f"小结过长, 最多 {LONGEST_NOTES} 字", "notes")
    found = last(actor, order_no)
    found.notes, ref = vault.redact(plain) if plain else ("", None)
    found.notes_ref = uuid.UUID(ref) if ref else None
    found.save(update_fields=["notes", "notes_ref"])
    return found


def of_order(order_no: str) -> list[Call]:
    """The calls on an order, newest first; the caller has asked whether the order may be read."""
    return list(Call.objects.filter(order_no=order_no).select_related("owner").order_by("-id")[:MOST_CALLS])


# --- where ----------------------------------------------------------------------------------------------------------


def placed(order_no: str, division: str) -> None:
    """Keep in which division an order's matter happened."""
    OrderPlace.objects.update_or_create(order_no=order_no, defaults={"division": division})


def division_of(order_no: str) -> str:
    """The code of the division that was kept for an order, "" where none was."""
    return OrderPlace.objects.filter(order_no=order_no).values_list("division", flat=True).first() or ""

"""Attachments (附件) of orders and of whatever else has a row: taken in, listed and handed out, each step journaled.

Who may see a file of an order is who may see the order. For other owners (`owner_kind`) the room that owns the row
asks its own question first and calls `keep`, `of_owner` and `handed_out`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from yixian.lifecycle import OrderState
from yixian.orders import clock, file_types, files, permits, platforms, session, single
from yixian.orders.errors import BadInput, Denied, NotFound
from yixian.orders.models import Attachment
from yixian.orders.store import Loaded
from yixian.parties import access, journal
from yixian.parties.access import Actor
from yixian.parties.roles import ROLES

ORDER = "order"
MOST = 20
Upload = tuple[str, bytes]
"""A file as it came: its name and its content."""

_LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 7))"


def checked(uploads: Sequence[Upload]) -> None:
    """Raise BadInput where one of the files could not be kept: before a command whose attachments they are."""
    for name, content in uploads:
        file_types.checked(name, content)


def attach(
    order_no: str, uploads: Sequence[Upload], actor: Actor, *, purpose: str = "", address: str = ""
) -> list[Attachment]:
    """Keep files with an order that the actor handles; all or none. `purpose`: the command they came with, or "".

    Raises NotFound, Denied, BadInput (empty, too large, disguised, too many), Unavailable.
    """
    order, state = single.readable(order_no, actor)
    if not may_attach(actor):
        raise Denied("您的角色不能给工单加附件; 可以的有话务员、派单员、审核员、督办管理员和承办单位人员。")
    if state.state == "archived":
        raise BadInput("工单已归档, 不能再加附件", "file")
    path = platforms.of_id(order.platform_id).path
    by = actor.unit_code or actor.kind
    return keep(
        ORDER, order.id, uploads, actor, by=by, subject=order.number, purpose=purpose, path=path, address=address
    )


def may_attach(actor: Actor) -> bool:
    """Whether one of the actor's roles gives commands at all; who only reads adds nothing."""
    if actor.kind == "system":
        return True
    scoped = actor.scopes is None or bool(actor.scopes & {"*", "attach"})
    return scoped and any(ROLES[role].commands for role in actor.roles if role in ROLES)


def keep(
    owner_kind: str,
    owner_id: int,
    uploads: Sequence[Upload],
    actor: Actor,
    *,
    by: str = "",
    subject: str = "",
    purpose: str = "",
    path: str = "",
    address: str = "",
) -> list[Attachment]:
    """Keep files of any owner; the caller has asked whether the actor may. The same content is kept once per owner.

    `subject`: what the journal calls the owner. Raises BadInput, Unavailable.
    """
    known = [(file_types.checked(name, content), content) for name, content in uploads]
    stored = [(name, kind, len(content), files.put(content)) for (name, kind), content in known]
    with session.together():
        session.fetch(_LOCK, [f"attachment:{owner_kind}:{owner_id}"])
        there = {row.sha256: row for row in Attachment.objects.filter(owner_kind=owner_kind, owner_id=owner_id)}
        if len(there.keys() | {row[3] for row in stored}) > MOST:
            raise BadInput(f"附件最多 {MOST} 个, 已有 {len(there)} 个", "file")
        kept: list[Attachment] = []
        for name, kind, size, sha256 in stored:
            if sha256 not in there:
                there[sha256] = Attachment.objects.create(
                    owner_kind=owner_kind,
                    owner_id=owner_id,
                    name=name,
                    mime=kind.mime,
                    size=size,
                    sha256=sha256,
                    purpose=purpose,
                    by=by or actor.kind,
                    user_id=actor.user_id,
                    user_name=actor.name[:60],
                    at=dt.datetime.fromtimestamp(clock.now(), dt.UTC),
                )
                facts = {"name": name, "size": size, "sha256": sha256}
                told = subject or f"{owner_kind} {owner_id}"
                journal.audit(actor, "上传附件", told, platform_path=path, after=facts, address=address)
            kept.append(there[sha256])
    return kept


def of_owner(owner_kind: str, owner_id: int) -> list[Attachment]:
    """The attachments of one owner, oldest first; no question asked."""
    return list(Attachment.objects.filter(owner_kind=owner_kind, owner_id=owner_id).order_by("id")[:MOST])


def of_owners(owner_kind: str, ids: Sequence[int]) -> dict[int, list[Attachment]]:
    """The attachments of several owners at once."""
    found: dict[int, list[Attachment]] = {}
    for row in Attachment.objects.filter(owner_kind=owner_kind, owner_id__in=ids).order_by("owner_id", "id"):
        found.setdefault(row.owner_id, []).append(row)
    return found


def of_order(order_no: str, actor: Actor) -> list[Attachment]:
    """The attachments of an order that the actor may see. Raises NotFound.

    A file may name the person: where the order is confidential, who may not know them sees only files of their unit.
    """
    return _seen(*single.readable(order_no, actor), actor)


def _seen(order: Loaded, state: OrderState, actor: Actor) -> list[Attachment]:
    rows = of_owner(ORDER, order.id)
    return rows if _may_know(order, state, actor) else [row for row in rows if row.by in actor.unit_codes]


def _may_know(order: Loaded, state: OrderState, actor: Actor) -> bool:
    """Whether the actor may know who the requester is (保密件, 乐至 第七条第二项)."""
    return actor.kind == "system" or access.may_see_contact(actor, permits.about(order, state, actor)) is None


def download(order_no: str, attachment_id: int, actor: Actor, *, address: str = "") -> tuple[Attachment, bytes]:
    """A file of an order that the actor may see; the download is journaled. Raises NotFound, Unavailable."""
    order, state = single.readable(order_no, actor)
    if attachment_id not in {row.id for row in _seen(order, state, actor)}:
        raise NotFound("没有这个附件, 或它不在您的数据范围内。")
    path = platforms.of_id(order.platform_id).path
    return handed_out(ORDER, order.id, attachment_id, actor, subject=order.number, path=path, address=address)


def handed_out(
    owner_kind: str,
    owner_id: int,
    attachment_id: int,
    actor: Actor,
    *,
    subject: str = "",
    path: str = "",
    address: str = "",
) -> tuple[Attachment, bytes]:
    """A file of any owner, once the caller has asked whether the actor may; journaled. Raises NotFound, Unavailable."""
    row = Attachment.objects.filter(owner_kind=owner_kind, owner_id=owner_id, id=attachment_id).first()
    if row is None:
        raise NotFound("没有这个附件, 或它不在您的数据范围内。")
    content = files.get(row.sha256)
    facts = {"name": row.name, "sha256": row.sha256}
    told = subject or f"{owner_kind} {owner_id}"
    journal.audit(actor, "下载附件", told, platform_path=path, after=facts, address=address)
    return row, content

"""Links to rate by (评价链接): one for each survey that opens, good for one rating while the survey runs.

The link's word is derived from a random nonce in the row and a key outside the database, and found by its keyed hash:
who reads the tables cannot rate. A gateway or the call-back desk asks for it by the order; each showing is journaled.
"""

from __future__ import annotations

import base64
import datetime as dt
import os
from collections.abc import Sequence

import msgspec

from yixian.intake.models import RatingLink
from yixian.lifecycle.commands import Command, Evaluate
from yixian.orders import actions, clock, permits, platforms, session, single
from yixian.orders.errors import NotFound, OrderError
from yixian.orders.outcome import Outcome
from yixian.orders.progress import Progress, shown
from yixian.orders.reacting import Happening
from yixian.parties import access, journal
from yixian.parties.access import Actor
from yixian.parties.keys import keyring

LIVES = 30 * 86400
"""Where the rules give the survey no time of its own."""
SIZE = 100
_WORD = 21
_SURVEY = """
select max(e.seq) from orders_event e
where e.order_id = %s and e.kind = 'review_passed' and e.data ->> 'to' = 'surveying'"""
_USE = "update intake_ratinglink set used_at = to_timestamp(%s) where id = %s and used_at is null returning id"
_WAITING = """
select l.id, l.order_id, l.round, l.nonce, l.order_no, extract(epoch from l.expires_at)::bigint
from intake_ratinglink l join orders_order o on o.id = l.order_id
where l.platform_id = any (%s) and l.id > %s and l.used_at is null and l.expires_at > to_timestamp(%s)
    and o.state = 'surveying' and l.round = (select max(x.round) from intake_ratinglink x where x.order_id = l.order_id)
order by l.id limit %s"""


class DeadLink(OrderError):
    """No such link, or none that still counts; which of these is nobody's to learn."""

    title = "这个链接不能评价了"
    status = 404

    def __init__(self) -> None:
        super().__init__("链接可能不完整、已经过期, 或已经用过。")


class Link(msgspec.Struct, frozen=True):
    """A link as it is handed out: its path, its order, until when it counts."""

    id: int
    path: str
    order_no: str
    expires: int


def open_for(batch: Sequence[Happening]) -> None:
    """Open a link for each survey that begins (reaction to `review_passed`)."""
    rows = []
    for item in batch:
        if item.kind == "review_passed" and item.state == "surveying":
            due = next((due.at for due in item.dues if due.clock == "survey"), None)
            rows.append(_row(item.order_id, item.seq, item.number, item.platform_id, item.at, due))
    RatingLink.objects.bulk_create(rows, ignore_conflicts=True)


def _row(order_id: int, survey: int, number: str, platform_id: int, opened: int, due: int | None) -> RatingLink:
    nonce = os.urandom(16)
    return RatingLink(
        order_id=order_id,
        round=survey,
        order_no=number,
        platform_id=platform_id,
        nonce=nonce,
        mark=_mark(_word(order_id, survey, nonce)),
        opened_at=_moment(opened),
        expires_at=_moment(opened + LIVES if due is None else due),
    )


def _word(order_id: int, survey: int, nonce: bytes) -> str:
    digest = keyring().digest("rating-word", f"{order_id}:{survey}:{bytes(nonce).hex()}")
    return base64.urlsafe_b64encode(digest[:_WORD]).decode()


def _mark(word: str) -> bytes:
    return keyring().digest("rating-mark", word)


def _moment(at: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(at, dt.UTC)


def _path(word: str) -> str:
    return f"/rate/{word}/"


# --- handing it out -----------------------------------------------------------------------------------------------


def offered(order_no: str, actor: Actor) -> bool:
    """Whether this actor could hand out the order's link now. Raises NotFound."""
    order, state = single.readable(order_no, actor)
    path = platforms.of_id(order.platform_id).path
    denied = access.may(actor, "evaluate", platform_path=path, units=permits.units_of(state))
    return denied is None and state.state == "surveying"


def of_order(order_no: str, actor: Actor, *, address: str = "") -> Link:
    """The link of the survey that runs, opened where that has not happened yet; journaled.

    Raises NotFound also where nobody is being asked, or the actor does not take ratings.
    """
    if not offered(order_no, actor):
        raise NotFound("这件工单现在没有评价链接: 不在待评价环节, 或您的角色不办理评价。")
    order, state = single.readable(order_no, actor)
    survey = session.fetch(_SURVEY, [order.id])[0][0]
    if survey is None:
        raise NotFound("这件工单现在没有评价链接: 评价不是由本系统发起的。")
    due = next((item.due for item in state.clocks if item.name == "survey" and item.running), None)
    fresh = _row(order.id, survey, order.number, order.platform_id, clock.now(), due)
    RatingLink.objects.bulk_create([fresh], ignore_conflicts=True)
    row = RatingLink.objects.get(order_id=order.id, round=survey)
    expires = int(row.expires_at.timestamp())
    if row.used_at is not None or expires <= clock.now():
        raise NotFound("这次评价的链接已经用过或过期。")
    path = platforms.of_id(order.platform_id).path
    journal.audit(actor, "取评价链接", order.number, platform_path=path, address=address)
    return Link(row.pk, _path(_word(row.order_id, row.round, bytes(row.nonce))), row.order_no, expires)


def waiting(actor: Actor, after: int = 0, size: int = SIZE, *, address: str = "") -> list[Link]:
    """The links that can still be used on the actor's platforms, oldest first, after the id of the last one seen.

    Journaled with the first and last number.
    """
    rows = session.fetch(_WAITING, [list(actor.platform_ids), after, clock.now(), size], prepare=False)
    if rows:
        facts = {"count": len(rows), "first": rows[0][4], "last": rows[-1][4]}
        journal.audit(actor, "取评价链接", f"一批 {len(rows)} 条", after=facts, address=address)
    return [Link(row[0], _path(_word(row[1], row[2], row[3])), row[4], row[5]) for row in rows]


# --- using it -----------------------------------------------------------------------------------------------------


def opened(word: str) -> Progress:
    """The order behind a link that can still be used, as its requester sees it. Raises DeadLink."""
    return _found(word)[1]


def rate(word: str, payload: Evaluate, *, key: str) -> Outcome:
    """Rate by a link: it counts once, however often and from wherever it is sent. Raises DeadLink, OrderError."""
    row, order = _found(word)
    actor = access.actor_for("requester", order.platform, order_no=order.number)

    def use(_: Outcome) -> None:
        if not session.fetch(_USE, [clock.now(), row.pk]):
            raise DeadLink

    told = msgspec.structs.replace(payload, by="sms")
    return actions.handle(order.number, Command("evaluate", "requester", told), actor, key=key, also=use)


def _found(word: str) -> tuple[RatingLink, Progress]:
    row = RatingLink.objects.filter(mark=_mark(word)).first()
    if row is None or row.used_at is not None or row.expires_at <= _moment(clock.now()):
        raise DeadLink
    try:
        order = shown(row.order_no)
    except NotFound:
        raise DeadLink from None
    if order.state != "surveying" or session.fetch(_SURVEY, [row.order_id])[0][0] != row.round:
        raise DeadLink
    return row, order

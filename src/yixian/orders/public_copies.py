"""Public copies (公开件) of answered orders: made by masking, shown before release, taken back at once when asked.

Who reads them learns what was asked and answered, not by whom: no number, no requester, no exact day, no house. What
is confidential or marked 不宜公开 never becomes one (安徽 第三十四条).
"""

from __future__ import annotations

import datetime as dt
import secrets

import msgspec

from yixian.lifecycle import Event, OrderState
from yixian.orders import books, clock, effects, filters, permits, platforms, session, single, store, words
from yixian.orders.errors import BadInput, Denied, NotFound, OrderError
from yixian.orders.progress import answer_of
from yixian.parties import access, journal
from yixian.parties.access import Actor
from yixian.parties.known_words import words_of
from yixian.parties.public_text import for_public

SIZE = 20
LARGEST_PAGE = 50
_BARRED = {
    "confidential": "诉求人要求保密",
    "not_public": "已标记不宜公开",
    "withdrawn": "诉求人已撤诉",
    "merged": "已并入其他工单",
    "restricted": "诉求人已被限制使用电话",
}
_DONE = frozenset({"answered", "surveying", "calling_back", "closed", "archived"})
_TITLE = 30

_COLUMNS = "c.slug, p.name, c.category, c.title, c.request, c.answer, c.unit, c.month"
_PUT = """
insert into orders_publishedcopy
    (order_id, slug, platform_id, category, title, request, answer, unit, month, published_at, ended_at, tokens)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, to_timestamp(%s), null, array_to_tsvector(%s))
on conflict (order_id) do update set title = excluded.title, request = excluded.request, answer = excluded.answer,
    category = excluded.category, unit = excluded.unit, month = excluded.month, published_at = excluded.published_at,
    ended_at = null, tokens = excluded.tokens
returning slug"""
_OF_ORDER = "select slug from orders_publishedcopy where order_id = %s and ended_at is null"
_ONE = f"""
select {_COLUMNS} from orders_publishedcopy c join parties_platform p on p.id = c.platform_id
where c.slug = %s and c.ended_at is null"""
_PAGE = f"""
select {_COLUMNS}, extract(epoch from c.published_at)::bigint, c.order_id
from orders_publishedcopy c join parties_platform p on p.id = c.platform_id
where c.ended_at is null {{more}}
order by c.published_at desc, c.order_id desc limit %s"""
_AFTER = "and (c.published_at, c.order_id) < (to_timestamp(%s), %s)"
_SEARCH = "and c.tokens @@ %s::tsquery"
_OF_CATEGORY = "and c.category = %s"
_SINCE = "and c.month >= %s"


class NotPublic(OrderError):
    """The order may not become a public copy; `detail` says why."""

    title = "不能公开"
    status = 409


class Copy(msgspec.Struct, frozen=True):
    """A request and its answer for everybody. `slug` "" until it is released; `month` like 2023-09."""

    slug: str
    platform: str
    category: str
    title: str
    request: str
    answer: str
    unit: str
    month: str


class Copies(msgspec.Struct, frozen=True):
    """One page of copies, newest release first."""

    rows: tuple[Copy, ...]
    next_cursor: str | None


def made(state: OrderState, events: list[Event], *, platform: str, unit: str, known: tuple[str, ...]) -> Copy:
    """The copy of an order, masked. `known`: words about its requester. Raises NotPublic with the reason."""
    barred = next((words for flag, words in _BARRED.items() if flag in state.flags), None)
    if barred is not None:
        raise NotPublic(f"这件工单不公开: {barred}。")
    answer = answer_of(state, events)
    if state.state not in _DONE or not answer:
        raise NotPublic("还没有可以公开的答复: 答复经审核通过后才能公开。")
    request = for_public(state.text, known)
    title = for_public(state.subject or "", known)[:_TITLE] or request[:_TITLE]
    return Copy(
        slug="",
        platform=platform,
        category=state.category,
        title=title,
        request=request,
        answer=for_public(answer, known),
        unit=unit,
        month=f"{dt.datetime.fromtimestamp(state.registered, books.LOCAL):%Y-%m}",
    )


def preview(order_no: str, actor: Actor) -> Copy:
    """The copy as it would be, or is, published: for staff of the platform. Raises NotFound, Denied, NotPublic."""
    order, state = single.readable(order_no, actor)
    if actor.kind not in ("hotline", "manager", "system"):
        raise Denied("公开件由热线平台办理。")
    platform = platforms.of_id(order.platform_id)
    unit = single.unit_names([state.lead]).get(state.lead, "") if state.lead else platform.name
    events = store.history(order.id, order.seq)
    copy = made(state, events, platform=platform.name, unit=unit, known=words_of(state.requester))
    row = session.fetch_one(_OF_ORDER, [order.id])
    return msgspec.structs.replace(copy, slug=row[0]) if row else copy


def may_release(order_no: str, actor: Actor) -> bool:
    """Whether the actor reviews answers of this order's platform."""
    order, state = single.readable(order_no, actor)
    if actor.kind == "system":
        return True
    path, units = platforms.of_id(order.platform_id).path, permits.units_of(state)
    if actor.kind == "unit" or access.may(actor, "pass_review", platform_path=path, units=units) is not None:
        return False
    return access.voice(actor, "pass_review", platform_path=path, units=units) in ("hotline", "manager")


def release(order_no: str, actor: Actor, *, now: int | None = None, address: str = "") -> str:
    """Publish the copy, or publish it anew; returns its slug. Raises NotFound, Denied, NotPublic."""
    if not may_release(order_no, actor):
        raise Denied("公开答复由本平台的审核员或督办管理员决定。")
    order, _ = single.readable(order_no, actor)
    copy = preview(order_no, actor)
    tokens = words.lexemes(copy.title, copy.request, copy.answer)
    at = clock.now() if now is None else now
    with session.together():
        values = [order.id, copy.slug or secrets.token_urlsafe(12), order.platform_id, copy.category, copy.title]
        rows = session.fetch(_PUT, [*values, copy.request, copy.answer, copy.unit, copy.month, at, tokens])
        path = platforms.of_id(order.platform_id).path
        slug = str(rows[0][0])
        journal.audit(actor, "公开答复", order.number, platform_path=path, after={"slug": slug}, address=address)
    return slug


def take_back(order_no: str, actor: Actor, *, now: int | None = None, address: str = "") -> bool:
    """Take a copy back; whether there was one. Raises NotFound, Denied."""
    if not may_release(order_no, actor):
        raise Denied("撤下公开件由本平台的审核员或督办管理员决定。")
    order, _ = single.readable(order_no, actor)
    at = clock.now() if now is None else now
    with session.together():
        ended = effects.unpublish(order.id, at)
        if ended:
            path = platforms.of_id(order.platform_id).path
            journal.audit(actor, "撤下公开件", order.number, platform_path=path, address=address)
    return ended


def one(slug: str) -> Copy:
    """A released copy. Raises NotFound."""
    row = session.fetch_one(_ONE, [slug]) if slug.isascii() and "\0" not in slug else None
    if row is None:
        raise NotFound("没有这件公开的答复, 或它已经撤下。")
    return Copy(*row)


def page(text: str = "", cursor: str | None = None, size: int = SIZE, *, category: str = "", since: str = "") -> Copies:
    """One page of released copies: all, or those with these words, of a category, from a month (2023-09) on.

    Raises BadInput for a bad cursor or size.
    """
    if not 1 <= size <= LARGEST_PAGE:
        raise BadInput(f"每页条数应为 1 至 {LARGEST_PAGE}", "size")
    more: list[str] = []
    values: list[object] = []
    if text.strip():
        query = words.tsquery(text)
        if query is None:
            return Copies((), None)
        more.append(_SEARCH)
        values.append(query)
    if category:
        more.append(_OF_CATEGORY)
        values.append(category)
    if since:
        more.append(_SINCE)
        values.append(since)
    if cursor:
        moment, order_id, back = filters.unpack(cursor, "published")
        if back:
            raise BadInput("翻页标记不正确, 请从第一页重新查询", "cursor")
        more.append(_AFTER)
        values += [moment, order_id]
    rows = session.fetch(_PAGE.format(more=" ".join(more)), [*values, size + 1], prepare=False)
    following = filters.pack("published", rows[size - 1][8], rows[size - 1][9]) if len(rows) > size else None
    return Copies(tuple(Copy(*row[:8]) for row in rows[:size]), following)

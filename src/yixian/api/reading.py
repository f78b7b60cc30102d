"""Reading orders: the list, one order, its timeline, what may be done with it; and unmasking with a reason."""

from __future__ import annotations

import datetime as dt

import msgspec

from yixian.api.auth import actor_of
from yixian.api.basis import articles
from yixian.api.call import Answer, Call, answer
from yixian.api.commands import clock_out, number_of
from yixian.api.order_shapes import CardOut, CaseOut, OrderDetail, OrderPage, OrderRow, Part, PendingOut, RatingOut
from yixian.api.parameters import DATE, Parameter, words
from yixian.api.payloads import read
from yixian.api.problems import Problem
from yixian.api.rulebooks import day_of
from yixian.api.schemas import (
    TZ,
    Action,
    Actions,
    Revealed,
    Timeline,
    TimelineEntry,
    Unmask,
    moment,
)
from yixian.lifecycle.state import STATES, Card, Case, OrderState, Pending, Rating
from yixian.orders import permits, queries
from yixian.orders.errors import BadInput
from yixian.orders.filters import SORTS
from yixian.orders.lists import LARGEST_PAGE, Row
from yixian.orders.queries import Entry, Filters
from yixian.parties import texts, vault
from yixian.parties.limits import address_of

_unmask = msgspec.json.Decoder(Unmask)


FILTERS = (
    Parameter("cursor", "上一页给出的 next_cursor", words(200)),
    Parameter("limit", "每页条数, 默认 50", {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE}),
    Parameter("sort", "registered 登记时间从新到旧, due 到期时间从近到远", {"type": "string", "enum": list(SORTS)}),
    Parameter("state", "状态代码, 可用逗号分隔多个", words(200)),
    Parameter("platform", "平台代码, 含其下级", words(40)),
    Parameter("unit", "承办单位代码", words(64)),
    Parameter("category", "诉求类别", words()),
    Parameter("channel", "来源渠道", words()),
    Parameter("source", "交办来源", words()),
    Parameter("card", "亮牌", {"type": "string", "enum": ["yellow", "red"]}),
    Parameter("emergency", "是否紧急", {"type": "boolean"}),
    Parameter("flags", "标记, 可用逗号分隔多个, 须全部具备", words()),
    Parameter("q", "在内容、主题、地点、编号中查找", words()),
    Parameter("number", "编号的开头", words(40)),
    Parameter("since", "登记日期不早于", DATE),
    Parameter("until", "登记日期不晚于", DATE),
    Parameter("due_until", "到期日期不晚于", DATE),
)


def listed(call: Call) -> Answer:
    """One page of the orders that the actor may read."""
    query = call.query
    try:
        page = queries.page(
            _filters(query),
            actor_of(call),
            query.get("cursor"),
            int(query.get("limit", "50")),
            query.get("sort", "registered"),
        )
    except BadInput as error:
        raise Problem("bad-parameter", error.detail, path=error.path) from None
    rows = tuple(map(_row, page.rows))
    return answer(OrderPage(orders=rows, next_cursor=page.next_cursor, estimate=page.estimate))


def _filters(query: dict[str, str]) -> Filters:
    return Filters(
        platform=query.get("platform"),
        states=_parts(query, "state"),
        unit=query.get("unit"),
        category=query.get("category"),
        channel=query.get("channel"),
        source=query.get("source"),
        card=query.get("card"),
        emergency=_flag(query.get("emergency")),
        due_before=_midnight(query, "due_until", 1),
        registered_from=_midnight(query, "since", 0),
        registered_to=_midnight(query, "until", 1),
        text=query.get("q"),
        number=query.get("number"),
        flags=_parts(query, "flags"),
    )


def _parts(query: dict[str, str], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for part in query.get(name, "").split(",") if part))


def _midnight(query: dict[str, str], name: str, later: int) -> int | None:
    day = day_of(query.get(name), name)
    if day is None:
        return None
    if not 1900 <= day.year <= 2200:
        raise Problem("bad-parameter", "年份应在 1900 至 2200 之间", path=name)
    start = dt.datetime.combine(day, dt.time(), TZ) + dt.timedelta(days=later)
    return int(start.timestamp())


def _flag(text: str | None) -> bool | None:
    return None if text is None else text == "true"


def _row(row: Row) -> OrderRow:
    return OrderRow(
        number=row.number,
        platform=row.platform,
        platform_name=row.platform_name,
        book=row.book,
        version=row.version,
        state=row.state,
        state_title=row.state_title,
        category=row.category,
        channel=row.channel,
        source=row.source,
        subject=row.subject,
        place=row.place,
        excerpt=row.excerpt,
        grade=row.grade,
        emergency=row.emergency,
        flags=row.flags,
        card=row.card,
        lead=row.lead,
        lead_name=row.lead_name,
        registered=moment(row.registered),
        changed=moment(row.changed),
        closed=_moment(row.closed),
        due=_moment(row.due),
        due_clock=row.due_clock,
    )


def _moment(at: int | None) -> str | None:
    return None if at is None else moment(at)


def detail(call: Call) -> Answer:
    """One order, its requester masked."""
    found = queries.detail(number_of(call), actor_of(call))
    state = found.state
    plain = {name: getattr(state, name) for name in _SAME}
    return answer(
        OrderDetail(
            **plain,
            number=found.number,
            platform=found.platform,
            platform_name=found.platform_name,
            state_title=STATES[state.state],
            registered=moment(state.registered),
            changed=moment(state.changed),
            requester=found.requester,
            hidden=found.hidden or None,
            parts=_parts_of(state, found.units),
            clocks=tuple(map(clock_out, state.clocks)),
            cards=tuple(map(_card, state.cards)),
            pending=tuple(map(_pending, state.pending)),
            ratings=tuple(map(_rating, state.ratings)),
            cases=tuple(map(_case, state.cases)),
            events=found.seq,
        )
    )


_SAME = (
    *("book", "version", "state", "category", "channel", "text", "place", "subject", "source", "domain", "grade"),
    *(
        "urgency",
        "item",
        "nature",
        "emergency",
        "same_as",
        "upstream_platform",
        "upstream_no",
        "lead",
        "flags",
        "counts",
    ),
)


def _case(case: Case) -> CaseOut:
    return CaseOut(
        key=case.key,
        trigger=case.trigger,
        by=case.by,
        stands=case.stands,
        at=moment(case.at),
        counted=case.counted,
        means=case.means,
        units=case.units,
        reason=case.reason,
        note=case.note,
        concluded=_moment(case.concluded),
        basis=articles(case.basis),
    )


def _parts_of(state: OrderState, names: dict[str, str]) -> tuple[Part, ...]:
    return tuple(
        Part(
            unit=part.unit,
            name=names.get(part.unit, part.unit),
            role=part.role,
            dispatched=moment(part.dispatched),
            signed=_moment(part.signed),
            deemed=part.deemed,
            opinion=_moment(part.opinion),
            replied=_moment(part.replied),
        )
        for part in state.assignments
    )


def _card(card: Card) -> CardOut:
    basis = articles(card.basis)
    return CardOut(card=card.card, clock=card.clock, at=moment(card.at), cause=card.cause, unit=card.unit, basis=basis)


def _pending(item: Pending) -> PendingOut:
    return PendingOut(kind=item.kind, at=moment(item.at), by=item.by)


def _rating(rating: Rating) -> RatingOut:
    return RatingOut(
        level=rating.level,
        at=moment(rating.at),
        by=rating.by,
        resolved=rating.resolved,
        deemed=rating.deemed,
        counts=rating.counts,
    )


def timeline(call: Call) -> Answer:
    """Everything that happened to an order, each with its articles."""
    number = number_of(call)
    return answer(Timeline(number=number, events=tuple(map(_entry, queries.timeline(number, actor_of(call))))))


def _entry(entry: Entry) -> TimelineEntry:
    return TimelineEntry(
        seq=entry.seq,
        kind=entry.kind,
        title=entry.title,
        at=moment(entry.at),
        by=entry.by,
        by_name=entry.by_name,
        person=entry.person,
        basis=articles(entry.basis),
        data={key: value for key, value in entry.data.items() if key not in _INNER},
    )


_INNER = frozenset({"sealed", "requester"})
"""What an event's data holds as references into the vault."""


def actions_of(call: Call) -> Answer:
    """Which commands the actor may give now, and why not the others."""
    number = number_of(call)
    found = queries.actions_of(number, actor_of(call))
    shown = tuple(
        Action(
            command=item.command,
            title=item.title,
            ok=item.ok,
            reason=item.reason or None,
            basis=articles(item.basis),
        )
        for item in found
    )
    return answer(Actions(number=number, actions=shown))


def unmask(call: Call) -> Answer:
    """Who the requester is and the words as they were said, for a stated reason; each look is journaled."""
    number, actor = number_of(call), actor_of(call)
    reason = read(call.body, _unmask).reason
    order, state = queries.readable(number, actor)
    about = permits.about(order, state)
    address = address_of(call.meta)
    person = (
        vault.reveal(state.requester, actor=actor, reason=reason, about=about, address=address)
        if state.requester
        else None
    )
    sealed = next(
        (entry.data.get("sealed") for entry in queries.timeline(number, actor) if "sealed" in entry.data), None
    )
    ref = sealed.get("text") if isinstance(sealed, dict) else None
    text = texts.reveal_text(ref, actor=actor, reason=reason, about=about, address=address) if ref else state.text
    return answer(Revealed(number=number, requester=dict(person) if person else None, text=text))

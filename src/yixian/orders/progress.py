"""Progress for the public by order number and query code: no personal data of anybody, wrong codes are counted.

An unknown number and a wrong code give the same answer after the same work.
"""

from __future__ import annotations

import hmac
from typing import Any

import msgspec

from yixian.lifecycle import STATES, Event, OrderState, allowed
from yixian.orders import books, clock, numbers, platforms, session, store
from yixian.orders.errors import NotFound, TooMany
from yixian.orders.single import unit_names

WINDOW = 15 * 60
WRONG_CODES = 10
PEOPLES = ("supplement", "urge", "evaluate", "withdraw")
"""What a requester may do from the progress page."""
ENDED_ELSEWHERE = frozenset({"transferred", "archived"})
"""States in which the answer of the platform that an order was transferred to is this order's answer."""
PUBLIC_KINDS = frozenset(
    {
        *("registered", "declined", "answered", "accepted", "dispatched", "transferred", "signed", "contacted"),
        *("replied", "review_passed", "supplemented", "urged", "rated", "redo_ordered", "interim_closed"),
        *("extension_approved", "terminated", "withdrawn", "closed", "merged", "responded", "progress_reported"),
    }
)

_CODE = "select id, platform_id, query_code_hash from orders_order where number = %s"
_TRIED = 'select tries from orders_progresstry where key = %s and "window" = %s'
_TRY = """
insert into orders_progresstry (key, "window", tries) values (%s, %s, 1)
on conflict (key) do update set
    tries = case when orders_progresstry."window" = excluded."window" then orders_progresstry.tries + 1 else 1 end,
    "window" = excluded."window"
returning tries"""


class Progress(msgspec.Struct, frozen=True):
    """What the requester sees. Moments are unix seconds; `steps` hold kind, moment, by and basis, no data.

    `told`: what a refused, guided or restricted person is told: the articles, and the competent unit where known.
    """

    number: str
    state: str
    state_title: str
    category: str
    platform: str
    platform_name: str
    registered: int
    lead_name: str | None
    due: int | None
    reply: str | None
    told: str | None
    steps: tuple[Event, ...]
    allowed: tuple[str, ...]
    order: OrderState
    id: int = 0


def progress(order_no: str, query_code: str, *, address: str = "", now: int | None = None) -> Progress:
    """Where an order stands, for who knows its number and query code.

    Raises NotFound for a wrong code or number alike, TooMany after too many wrong codes for one number or address.
    """
    moment = clock.now() if now is None else now
    order_no = order_no.replace("\0", "")
    keys = [f"number:{order_no[:40]}", *([f"address:{address[:50]}"] if address else [])]
    window = clock.real() // WINDOW
    if any(_tried(key, window) >= WRONG_CODES for key in keys):
        raise TooMany("查询次数过多, 请 15 分钟后再试, 或拨打 12345 查询。")
    row = session.fetch_one(_CODE, [order_no])
    given = numbers.code_hash(order_no, query_code)
    known = bytes(row[2]) if row is not None and row[2] is not None else bytes(32)
    if not hmac.compare_digest(given, known) or row is None:
        for key in keys:
            session.fetch(_TRY, [key, window])
        raise NotFound("工单编号或查询码不正确。请核对提交时得到的编号和查询码。")
    return shown(order_no, now=moment)


def _tried(key: str, window: int) -> int:
    row = session.fetch_one(_TRIED, [key, window])
    return row[0] if row else 0


def shown(order_no: str, *, now: int | None = None) -> Progress:
    """The same for who has proved otherwise to be the requester (a link from the notice). Raises NotFound."""
    moment = clock.now() if now is None else now
    order = store.load(order_no)
    if order is None or order.state is None:
        raise NotFound("工单编号或查询码不正确。请核对提交时得到的编号和查询码。")
    state = order.state
    platform = platforms.of_id(order.platform_id)
    events = store.history(order.id, order.seq)
    book = books.of_state(state)
    answers = allowed(state, book, books.calendar(book.name), moment, "requester")
    lead = unit_names([state.lead]).get(state.lead) if state.lead else None
    due = next((clock.due for clock in state.clocks if clock.key == "reply" and clock.status == "running"), None)
    return Progress(
        number=state.number,
        state=state.state,
        state_title=STATES[state.state],
        category=state.category,
        platform=platform.code,
        platform_name=platform.full_name or platform.name,
        registered=state.registered,
        lead_name=lead or state.lead,
        due=due,
        reply=answer_of(state, events),
        told=next((str(one.data["told"]) for one in reversed(events) if "told" in one.data), None),
        steps=tuple(Event(one.kind, one.at, one.by, {}, one.basis) for one in events if one.kind in PUBLIC_KINDS),
        allowed=tuple(answer.command for answer in answers if answer.ok and answer.command in PEOPLES),
        order=state,
        id=order.id,
    )


def as_told(data: dict[str, Any]) -> str | None:
    """The reply with the office and phone that the unit names for questions (匿名来件须写明)."""
    told = " ".join(data[name] for name in ("office", "office_phone") if data.get(name))
    return f"{data.get('text', '')}\n联系科室: {told}" if told else data.get("text")


def answer_of(state: OrderState, events: list[Event]) -> str | None:
    """The answer as it stands: an immediate one, or the unit's reply once the hotline passed it."""
    found: str | None = None
    waiting: str | None = None
    for event in events:
        if event.kind == "answered":
            found = event.data.get("text")
        elif event.kind == "replied":
            waiting = as_told(event.data)
        elif event.kind == "review_passed":
            found = waiting
        elif event.kind == "redo_ordered":
            found = None
        elif event.kind == "relayed" and event.data.get("kind") == "answer" and state.state in ENDED_ELSEWHERE:
            found = event.data.get("text")
    return found

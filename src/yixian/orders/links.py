"""Orders of two platforms joined (关联工单): opened by transfer or by dispatch to the unit that stands for a platform.

What happens on one side is given on the other in the same transaction, by the table in `relaying`; never back over the
link it came by, so that nothing goes in circles. What is refused there is recorded there, for people to see.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from yixian.lifecycle import Command, Event, OrderState, again, parse
from yixian.lifecycle.intake import written
from yixian.orders import books, categories, facts, linkrows, numbers, platforms, relaying, session, store
from yixian.orders.errors import BadInput, Refused, Unavailable
from yixian.orders.linkrows import STATION, TRANSFER, LinkRow
from yixian.orders.plan import Plan
from yixian.orders.platforms import Known
from yixian.orders.relaying import Pair, Step
from yixian.orders.store import Loaded
from yixian.rulebook import Rulebook

LINKED = "linked"
LONGEST = 20_000
_REPLY = "select data::text from orders_event where order_id = %s and kind = 'replied' order by seq desc limit 1"
_CARRIED = ("channel", "domain", "place", "subject", "grade", "urgency", "item", "nature", "emergency")


def news(state: OrderState | None, events: Iterable[Event]) -> bool:
    """Whether these events may concern another platform: cheap, asked for every command."""
    for event in events:
        if event.kind in relaying.MOVES and _moves(event):
            return True
        if event.kind in relaying.HEARD and state is not None and LINKED in state.flags:
            return True
    return False


def _moves(event: Event) -> bool:
    if event.kind == "transferred":
        return _target(event) is not None
    return any(platforms.represented(unit) is not None for unit in _units(event))


def _units(event: Event) -> list[str]:
    """The units that an order went to."""
    named = [event.data.get("lead"), *(event.data.get("co") or ())]
    return [unit for unit in named if isinstance(unit, str)]


def _target(event: Event) -> Known | None:
    """The platform of this deployment that an order was transferred to, with rules of its own."""
    found = platforms.called(str(event.data.get("platform") or ""))
    return found if found is not None and found.book and found.active else None


def follow(
    plan: Plan, order: Loaded, before: OrderState | None, events: Sequence[Event], came_from: int | None = None
) -> None:
    """Let follow at linked orders what these events of one order mean there.

    Raises Refused, BadInput where an order is transferred to a platform here that does not take it: then the transfer
    is not possible. Anything else that is refused on the other side is recorded there.
    """
    for event in list(events):
        if event.kind in relaying.MOVES:
            _moved(plan, order, event)
    state = plan.state(order)
    if state is None or LINKED not in state.flags:
        return
    ends = linkrows.of(order.id, plan.links)
    for event in list(events):
        if event.kind not in relaying.HEARD:
            continue
        if ends.origin is not None and ends.origin.from_order != came_from:
            _across(plan, order, before, event, ends.origin, up=True)
        for link in ends.opened:
            if link.to_order != came_from:
                _across(plan, order, before, event, link, up=False)


# --- opening -------------------------------------------------------------------------------------------------------


def _moved(plan: Plan, order: Loaded, event: Event) -> None:
    state = plan.state(order)
    if state is None:
        return
    if event.kind == "transferred":
        target = _target(event)
        if target is not None:
            if target.id == order.platform_id:
                raise BadInput("工单已在本平台, 不能转给自己", "to")
            _open(plan, order, target, TRANSFER, "")
        return
    parts = {part.unit for part in state.assignments}
    ends = linkrows.of(order.id, plan.links)
    for link in ends.opened:
        if link.kind == STATION and link.unit not in parts:
            _end(plan, order, link)
    for unit in _units(event):
        target = platforms.represented(unit)
        if target is not None and target.book and target.active and target.id != order.platform_id:
            known = next((link for link in ends.opened if link.unit == unit), None)
            if known is None or not _is_open(plan, known.to_order):
                _try_open(plan, order, target, unit)


def _end(plan: Plan, order: Loaded, link: LinkRow) -> None:
    """The unit no longer has the order: what was opened for it ends."""
    below = _loaded(plan, link.to_order)
    state = plan.state(below) if below is not None else None
    if below is not None and state is not None and state.state in relaying.UNANSWERED:
        command = parse("withdraw", {"reason": "上级平台已改派或收回"}, "system")
        _deliver(plan, below, order, Step(command, "closed", "上级平台已改派或收回, 不再由本平台办理"))


def _is_open(plan: Plan, order_id: int) -> bool:
    found = _loaded(plan, order_id)
    state = plan.state(found) if found is not None else None
    return state is not None and state.state in relaying.UNANSWERED


def _try_open(plan: Plan, order: Loaded, target: Known, unit: str, **more: Any) -> str | None:
    """Open for a unit; where the platform's rules do not take it, that is recorded and the unit keeps the order."""
    kept, rows = plan.copy(), list(plan.links)
    try:
        return _open(plan, order, target, STATION, unit, **more)
    except (Refused, Unavailable) as refused:
        plan.writes, plan.links = kept, rows
        _relay(plan, order, order.number, "notice", text=f"未能在{target.name}立单", unit=unit, refused=refused.detail)
        return None


def _open(plan: Plan, order: Loaded, target: Known, kind: str, unit: str, **more: Any) -> str:
    """Register the order at the other platform under its own rules, and join the two. Raises Refused, BadInput."""
    state = plan.state(order)
    if state is None:
        raise AssertionError("an order that is not open cannot be handed on")
    book = books.in_force(target.book, books.local_day(plan.now))
    sender = platforms.of_id(order.platform_id)
    told, note = _register(state, sender, target, book, plan.now)
    (order_id, number), *_ = numbers.take(target.id, plan.now)
    opened = plan.open(order_id, number, target.id, parse("register", told | more, "system"), book)
    _join(plan, order, opened, kind, unit, note)
    return number


def _join(plan: Plan, order: Loaded, opened: Loaded, kind: str, unit: str, note: str | None = None) -> None:
    plan.links.append(LinkRow(opened.id, order.id, kind, unit, plan.now))
    sender, target = platforms.of_id(order.platform_id), platforms.of_id(opened.platform_id)
    _relay(plan, opened, order.number, "received", platform=sender.code, unit=unit or None, text=note)
    _relay(plan, order, opened.number, "opened", platform=target.code, unit=unit or None)


def _register(
    state: OrderState, sender: Known, target: Known, book: Rulebook, now: int
) -> tuple[dict[str, Any], str | None]:
    """The registration at the other platform, and what its people must look at."""
    category, sure = categories.mapped(state.category, book)
    came: dict[str, Any] = {"platform": sender.name, "no": state.number, "dispatched_at": written(now)}
    if sender.level in ("province", "city", "county"):
        came["level"] = sender.level
    told: dict[str, Any] = {
        "category": category,
        "text": state.text,
        "source": source_name(book, sender),
        "received_from": came,
        "confidential": "confidential" in state.flags,
        "unverified": not sure or "unverified" in state.flags,
        "requester": again.requester_again(state),
        "statutory_limit": state.statutory_limit and {"limit": state.statutory_limit, "basis": state.statutory_basis},
        **{name: getattr(state, name) for name in _CARRIED},
    }
    note = None if sure else f"来件类别“{state.category}”不在本平台的类别中, 暂按“{category}”登记, 请核实"
    return {name: value for name, value in told.items() if value not in (None, False, "")}, note


def source_name(book: Rulebook, sender: Known) -> str:
    """The sending platform as the receiving book names it; its own name where the book does not know it."""
    named = next((name for name in sender.names if name in book.sources), None)
    if named is not None:
        return named
    same = [item.name for item in book.sources.values() if item.level == sender.level]
    return next((name for name in same if "热线" in name or "平台" in name), sender.name)


# --- across --------------------------------------------------------------------------------------------------------


def _across(plan: Plan, order: Loaded, before: OrderState | None, event: Event, link: LinkRow, *, up: bool) -> None:
    station = link.kind == STATION
    rules = (relaying.UPWARD if station else relaying.BACK) if up else (
        relaying.DOWNWARD if station else relaying.AFTER_TRANSFER
    )  # fmt: skip
    rule = rules.get(event.kind)
    other = _loaded(plan, link.from_order if up else link.to_order) if rule is not None else None
    mine, theirs = plan.state(order), plan.state(other) if other is not None else None
    if rule is None or other is None or mine is None or theirs is None:
        return
    if station and not up and link.unit not in {part.unit for part in mine.assignments}:
        return  # ended when the unit lost the order
    above, below = (theirs, mine) if up else (mine, theirs)
    if up and station and link.unit not in {part.unit for part in above.assignments}:
        return
    answer = _answer(plan, order) if up and event.kind == "review_passed" else {}
    for step in rule(event, Pair(above, below, link.unit, answer, before)):
        refused = _deliver(plan, other, order, step)
        if refused and step.reopen:
            _again(plan, order, other, link, step)


def _answer(plan: Plan, order: Loaded) -> dict[str, Any]:
    """What the latest reply of the order said."""
    write = plan.writes.get(order.id)
    coming = [event for event in (write.events if write else ()) if event.kind == "replied"]
    if coming:
        return coming[-1].data
    row = session.fetch_one(_REPLY, [order.id])
    return msgspec.json.decode(row[0]) if row else {}


def _deliver(plan: Plan, target: Loaded, origin: Loaded, step: Step) -> bool:
    """Give the step's command on the other order; True where it was refused. What is refused is recorded there."""
    if step.command is None:
        _relay(plan, target, origin.number, step.kind, text=step.text)
        return False
    before = plan.state(target)
    try:
        events = _decide(plan, target, step.command)
    except Refused as refused:
        if step.otherwise is not None:
            other = msgspec.structs.replace(step, command=step.otherwise, otherwise=None)
            return _deliver(plan, target, origin, other)
        if not step.quiet and not step.reopen:
            _relay(plan, target, origin.number, step.kind, text=step.text, refused=refused.detail)
        return True
    for event in events:
        if event.by == step.command.by:
            event.data["from_no"] = origin.number
    for number in plan.open_asked(target, events):
        _further(plan, origin, number)
    follow(plan, target, before, events, came_from=origin.id)
    return False


def _further(plan: Plan, above: Loaded, number: str) -> None:
    """An order that the other side opened for what came over the link is linked too."""
    opened = next(write.order for write in plan.writes.values() if write.order.number == number)
    unit = next((link.unit for link in linkrows.of(above.id, plan.links).opened), "")
    _join(plan, above, opened, STATION if unit else TRANSFER, unit)


def _again(plan: Plan, order: Loaded, done: Loaded, link: LinkRow, step: Step) -> None:
    """The order below is done and cannot be reopened: another one is opened there for the same matter."""
    number = _try_open(plan, order, platforms.of_id(done.platform_id), link.unit, same_as=done.number)
    if number is not None and step.text:
        opened = next(write.order for write in plan.writes.values() if write.order.number == number)
        _relay(plan, opened, order.number, "returned", text=step.text)


def _decide(plan: Plan, target: Loaded, command: Command) -> list[Event]:
    state = plan.state(target)
    if state is None:
        raise AssertionError("a linked order has been opened")
    known = facts.gather(command.name, state, books.of_state(state), target.platform_id, target.matter)
    return plan.decide(target, command, known)


def _relay(plan: Plan, target: Loaded, from_no: str, kind: str, **told: Any) -> None:
    said = {"from_no": from_no, "kind": kind} | {name: value[:LONGEST] for name, value in told.items() if value}
    plan.decide(target, parse("relay", said, "system"), facts.NONE)


def _loaded(plan: Plan, order_id: int) -> Loaded | None:
    write = plan.writes.get(order_id)
    return write.order if write is not None else store.load_id(order_id)

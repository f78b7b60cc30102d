"""One endpoint per command, made from the lifecycle's command table, and the bulk endpoint: parse, handle, answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from yixian.api.auth import actor_of
from yixian.api.basis import articles
from yixian.api.call import Answer, Call, answer
from yixian.api.payloads import NUL, command_of, payload_of, read, strings
from yixian.api.problems import Problem, ProblemDetails, of_error
from yixian.api.routes import PREFIX, Handler
from yixian.api.schemas import BulkItem, ClockOut, Done, EventOut, Out, moment
from yixian.lifecycle.commands import COMMANDS, Command
from yixian.lifecycle.events import EVENT_KINDS
from yixian.lifecycle.state import STATES, Clock, Event, OrderState
from yixian.orders import actions
from yixian.orders.actions import Outcome
from yixian.parties.access import Actor

KEY = re.compile(r"[!-~]{1,200}")
NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z.\-]{0,39}")
MAX_BULK = 500
Items = Annotated[list[BulkItem], Meta(min_length=1, max_length=MAX_BULK)]
_bulk = msgspec.json.Decoder(Items)


class BulkResult(Out, omit_defaults=True):
    """批量指令中一项的结果: result 或 problem, 二者有其一."""

    index: int
    result: Done | None = None
    problem: ProblemDetails | None = None


class BulkDone(Out):
    """批量指令的结果, 次序与请求相同."""

    accepted: int
    refused: int
    results: tuple[BulkResult, ...]


def number_of(call: Call) -> str:
    """The order's number in the path. Raises Problem unknown-order where it cannot be one."""
    number = call.params["number"]
    if not NUMBER.fullmatch(number):
        raise Problem("unknown-order")
    return number


def key_of(call: Call) -> str | None:
    """The header Idempotency-Key. Raises Problem bad-parameter where it is malformed."""
    key = call.header("HTTP_IDEMPOTENCY_KEY")
    if key is not None and not KEY.fullmatch(key):
        raise Problem("bad-parameter", "Idempotency-Key 应为 1 至 200 个可见 ASCII 字符", path="Idempotency-Key")
    return key


def by_of(actor: Actor) -> str:
    """The word by which the lifecycle knows the actor, until `orders` knows the order and says it exactly."""
    return actor.unit_code or actor.kind


def command_endpoint(name: str) -> Handler:
    """The handler of one command on an existing order."""

    def handle(call: Call) -> Answer:
        actor = actor_of(call)
        command = command_of(name, call.body, by_of(actor))
        return sent(actions.handle(number_of(call), command, actor, key=key_of(call)))

    return handle


def register(call: Call) -> Answer:
    """Register an order on the platform named by `platform`, by default the actor's own."""
    actor = actor_of(call)
    command = command_of("register", call.body, by_of(actor))
    platform = call.query.get("platform") or None
    return sent(actions.handle(None, command, actor, platform=platform, key=key_of(call)), status=201)


def sent(outcome: Outcome, status: int = 200) -> Answer:
    """An outcome as an answer; a replayed one says so in a header too."""
    done = shown(outcome)
    headers = [("Idempotency-Replayed", "true")] if outcome.replayed else []
    if status == 201:
        headers.append(("Location", f"{PREFIX}/orders/{done.number}"))
    return answer(done, status, headers)


def shown(outcome: Outcome) -> Done:
    """An outcome as the API shows it."""
    state = outcome.state
    return Done(
        number=outcome.order_no,
        state=state.state,
        state_title=STATES[state.state],
        events=tuple(map(event_out, outcome.events)),
        clocks=clocks_out(state),
        opened=tuple(outcome.opened),
        replayed=outcome.replayed,
        query_code=outcome.query_code,
    )


def event_out(event: Event) -> EventOut:
    """One event without its data."""
    return EventOut(
        kind=event.kind,
        title=EVENT_KINDS.get(event.kind, event.kind),
        at=moment(event.at),
        by=event.by,
        basis=articles(event.basis),
    )


def clocks_out(state: OrderState) -> tuple[ClockOut, ...]:
    """The clocks that still matter: running or waiting for a decision."""
    return tuple(clock_out(clock) for clock in state.clocks if clock.status != "stopped")


def clock_out(clock: Clock) -> ClockOut:
    """One clock."""
    return ClockOut(
        name=clock.key,
        owner=clock.owner,
        unit=clock.unit,
        limit=clock.limit,
        status=clock.status,
        started=moment(clock.started),
        due=None if clock.due is None else moment(clock.due),
        late=clock.late,
        provisional=clock.provisional,
        basis=articles(clock.basis),
    )


def bulk(call: Call) -> Answer:
    """Several commands in one call, each with its own result; one that fails stops no other."""
    actor = actor_of(call)
    items = read(call.body, _bulk, texts=False)
    platform = call.query.get("platform") or None
    checked = [_checked(item, actor) for item in items]
    good = [(item, command) for item, command in zip(items, checked, strict=True) if isinstance(command, Command)]
    wanted = [actions.Item(item.order, command, platform=platform, key=item.key) for item, command in good]
    outcomes = iter(actions.handle_many(wanted, actor) if wanted else [])
    results = [next(outcomes) if isinstance(command, Command) else command for command in checked]
    return answer(_bulk_done(results))


def _checked(item: BulkItem, actor: Actor) -> Command | Problem:
    try:
        if item.command not in COMMANDS:
            payload_of(item.command, item.payload, "")
        if (item.order is None) != (item.command == "register"):
            words = "登记时不填工单编号" if item.order else "缺少工单编号"
            raise Problem("invalid-payload", words, path="order")
        if item.order is not None and not NUMBER.fullmatch(item.order):
            raise Problem("unknown-order")
        for path, text in strings(item.payload):
            if "\x00" in text:
                raise Problem("invalid-payload", NUL, path=path)
        return payload_of(item.command, item.payload, by_of(actor))
    except Problem as problem:
        return problem


def _bulk_done(results: Sequence[Outcome | Exception]) -> BulkDone:
    shown_results = tuple(
        BulkResult(index=index, problem=of_error(result).details())
        if isinstance(result, Exception)
        else BulkResult(index=index, result=shown(result))
        for index, result in enumerate(results)
    )
    refused = sum(1 for result in shown_results if result.problem is not None)
    return BulkDone(accepted=len(shown_results) - refused, refused=refused, results=shown_results)

"""Routing inside a unit (内部流转): its office hands an order to a sub-unit or a clerk, who passes it on or reports.

The unit alone answers to the hotline: nothing here is an event of the order, gives a right to a command, or is seen
outside the unit (docs/decisions/0018-inside-routing.md). Every hand-over stays as a row; at most one is open.
"""

from __future__ import annotations

import datetime as dt

import msgspec
import psycopg

from yixian.lifecycle import OrderState
from yixian.orders import clock, inside_rights, session, single
from yixian.orders.errors import BadInput, Changed, Denied, OrderError
from yixian.orders.models_inside import OPEN
from yixian.orders.store import Loaded
from yixian.parties.access import Actor
from yixian.parties.keys import KeyMissing, keyring, seal, unseal
from yixian.parties.models import Unit, User

WORKED = ("dispatched", "handling")
"""The states in which a unit has something to do, and so something to route."""
MOST_TARGETS = 300
MOST_STEPS = 200
LONGEST_NOTE, LONGEST_TEXT = 2000, 20000


class Step(msgspec.Struct, frozen=True):
    """One hand-over. Moments are unix seconds; `text`: the draft of an answer that was reported back with it."""

    id: int
    unit: str
    from_unit: str
    from_user: int
    from_name: str
    to_unit: str
    to_user: int | None
    to_name: str
    due: int | None
    at: int
    stands: str
    ended: int | None
    ended_by: str
    note: str = ""
    text: str = ""


class Inside(msgspec.Struct, frozen=True):
    """Where an order is inside its unit: the steps, newest first, and what this person may do (send, pass, back,
    report). `names`: unit code -> short name."""

    unit: str
    steps: tuple[Step, ...]
    may: frozenset[str]
    names: dict[str, str]

    @property
    def holder(self) -> Step | None:
        """The open step: who has it now."""
        return next((step for step in self.steps if step.stands == OPEN), None)

    @property
    def reported(self) -> Step | None:
        """The latest report, where nobody was given the order after it."""
        return self.steps[0] if self.steps and self.steps[0].stands == "done" else None


class Targets(msgspec.Struct, frozen=True):
    """To whom the order can be routed: sub-units (code, name), and people (id, name, unit's name)."""

    units: tuple[tuple[str, str], ...]
    people: tuple[tuple[int, str, str], ...]


_COLUMNS = """id, unit, from_unit, from_user, from_name, to_unit, to_user, to_name,
    extract(epoch from due_at)::bigint, extract(epoch from at)::bigint, stands,
    extract(epoch from ended_at)::bigint, ended_by, key_id, wrapped_key, sealed"""
_STEPS = f"select {_COLUMNS} from orders_insidestep where order_id = %s and unit = %s order by id desc limit %s"
_INSERT = """
insert into orders_insidestep (order_id, unit, from_unit, from_user, from_name, to_unit, to_user, to_name, due_at, at,
    stands, ended_by, key_id, wrapped_key, sealed)
values (%s, %s, %s, %s, %s, %s, %s, %s, to_timestamp(%s), to_timestamp(%s), 'open', '', %s, %s, %s) returning id"""
_END = """
update orders_insidestep set stands = %s, ended_at = to_timestamp(%s), ended_by = %s, sealed = coalesce(%s, sealed)
where id = %s and stands = 'open' returning id"""
# ---- reading --------------------------------------------------------------------------------------------------------


def of_order(number: str, actor: Actor) -> Inside | None:
    """Where the order is inside the actor's unit; None for everybody outside it. Raises NotFound."""
    order, state = single.readable(number, actor)
    unit = _unit(order, state, actor)
    if not unit:
        return None
    steps = _steps(order.id, unit)
    codes = {unit} | {step.to_unit for step in steps} | {step.from_unit for step in steps}
    return Inside(unit, steps, _may(state, unit, steps, actor), single.unit_names(sorted(codes)))


def targets(number: str, actor: Actor) -> Targets:
    """Whom this person may route the order to: everybody within the unit that holds it. Raises NotFound."""
    order, state = single.readable(number, actor)
    unit = _unit(order, state, actor)
    path = Unit.objects.filter(code=unit).values_list("path", flat=True).first() if unit else None
    if path is None:
        return Targets((), ())
    below = Unit.objects.filter(path__startswith=path, is_active=True).exclude(code=unit).order_by("path")
    people = (
        User.objects.filter(unit__path__startswith=path, is_active=True)
        .exclude(pk=actor.user_id or 0)
        .order_by("unit__path", "name", "pk")
    )
    units = below.values_list("code", "name", "short_name")[:MOST_TARGETS]
    named = people.values_list("pk", "name", "unit__short_name", "unit__name")[:MOST_TARGETS]
    return Targets(
        tuple((code, short or name) for code, name, short in units),
        tuple((pk, name, short or full or "") for pk, name, short, full in named),
    )


def _unit(order: Loaded, state: OrderState, actor: Actor) -> str:
    """The handling unit within which the actor stands to this order, "" for none."""
    if actor.kind != "unit":
        return ""
    handling = {part.unit for part in state.assignments}
    if actor.unit_code in handling:
        return actor.unit_code or ""
    if own := actor.unit_codes & handling:
        return min(own)
    through = inside_rights.door(order.id, actor, handling)
    rows = session.fetch(
        "select unit from orders_insidestep where order_id = %s and unit = any (%s) and to_unit = %s"
        " order by id desc limit 1",
        [order.id, sorted(handling), through],
    )
    return str(rows[0][0]) if rows else ""


def _steps(order_id: int, unit: str) -> tuple[Step, ...]:
    return tuple(_step(order_id, row) for row in session.fetch(_STEPS, [order_id, unit, MOST_STEPS]))


def _step(order_id: int, row: session.Row) -> Step:
    try:
        key = keyring().unwrap(row[13], bytes(row[14]), _owner(order_id, row[1]))
        said = msgspec.json.decode(unseal(key, bytes(row[15]), _owner(order_id, row[1])))
    except KeyMissing:
        said = {"note": "(加密密钥已更换, 不能显示)"}
    return msgspec.structs.replace(Step(*row[:13]), note=said.get("note", ""), text=said.get("text", ""))


def _owner(order_id: int, unit: str) -> bytes:
    return f"inside:{order_id}:{unit}".encode()


def _may(state: OrderState, unit: str, steps: tuple[Step, ...], actor: Actor) -> frozenset[str]:
    """What the actor may do now; only people act, and only while the unit has work with the order."""
    worked = state.state in WORKED and any(part.unit == unit for part in state.assignments)
    if actor.user_id is None or actor.of_system or actor.must_change_password or not worked:
        return frozenset()
    office = unit in actor.unit_codes
    step = next((item for item in steps if item.stands == OPEN), None)
    if step is None:
        return frozenset({"send"}) if office else frozenset()
    if _holds(step, actor):
        return frozenset({"pass", "report"} | ({"back"} if office else set()))
    if office or step.from_user == actor.user_id:
        return frozenset({"back"})
    return frozenset()


def _holds(step: Step, actor: Actor) -> bool:
    return step.to_user == actor.user_id if step.to_user is not None else step.to_unit == actor.unit_code


# ---- acting ---------------------------------------------------------------------------------------------------------


def send(
    number: str, actor: Actor, *, to_unit: str = "", to_user: int | None = None, note: str = "", due: str = ""
) -> Step:
    """Hand the order to a sub-unit or a clerk of the unit (转内部办理); of the holder, pass it on (再转).

    Args: exactly one of `to_unit` (code) and `to_user`; `note`, what is to be done; `due`, an internal due day
    (2026-03-05, to its end), "" for none. Raises NotFound, Denied, BadInput, Changed where a colleague was faster.
    """
    order, state = single.readable(number, actor)
    unit = _unit(order, state, actor)
    steps = _steps(order.id, unit) if unit else ()
    may = _may(state, unit, steps, actor) if unit else frozenset()
    open_step = next((step for step in steps if step.stands == OPEN), None)
    if not may & {"send", "pass"}:
        raise _not_now(state, unit, open_step, actor)
    code, person = _target(unit, actor, to_unit, to_user)
    due_at = _due(due, state)
    words = _said(note, LONGEST_NOTE, "note")
    if not words:
        raise BadInput("请写明要办什么", "note")
    key, wrapped = keyring().new_key(_owner(order.id, unit))
    sealed = seal(key, msgspec.json.encode({"note": words}), _owner(order.id, unit))
    now = clock.now()
    try:
        with session.together():
            if open_step is not None:
                _end(open_step, "passed", now, actor)
            whom = (code, person.pk if person else None, person.name if person else "")
            values = [order.id, unit, actor.unit_code or unit, actor.user_id, actor.name, *whom, due_at, now]
            row = session.fetch(_INSERT, [*values, keyring().current, wrapped, sealed])[0]
    except psycopg.errors.UniqueViolation:
        raise Changed("同事刚刚已经转出这一单, 请看最新的内部流转后再办。") from None
    return next(step for step in _steps(order.id, unit) if step.id == row[0])


def take_back(number: str, actor: Actor, step_id: int) -> Step:
    """Take the order back from who has it (收回): by the office, or by who handed it on. Raises as `send`."""
    order, _, unit, step = _open(number, actor, step_id, "back")
    _end(step, "back", clock.now(), actor)
    return next(item for item in _steps(order.id, unit) if item.id == step_id)


def report(number: str, actor: Actor, step_id: int, text: str) -> Step:
    """Report what was done (报回), with the draft of an answer that the office uses in its reply. Raises as `send`."""
    words = _said(text, LONGEST_TEXT, "text")
    if not words:
        raise BadInput("请写明办理情况, 或拟好答复稿", "text")
    order, _, unit, step = _open(number, actor, step_id, "report")
    key, wrapped = _key_of(step_id)
    sealed = seal(
        keyring().unwrap(key, wrapped, _owner(order.id, unit)),
        msgspec.json.encode({"note": step.note, "text": words}),
        _owner(order.id, unit),
    )
    _end(step, "done", clock.now(), actor, sealed)
    return next(item for item in _steps(order.id, unit) if item.id == step_id)


def _key_of(step_id: int) -> tuple[str, bytes]:
    row = session.fetch("select key_id, wrapped_key from orders_insidestep where id = %s", [step_id])[0]
    return str(row[0]), bytes(row[1])


def _open(number: str, actor: Actor, step_id: int, deed: str) -> tuple[Loaded, OrderState, str, Step]:
    order, state = single.readable(number, actor)
    unit = _unit(order, state, actor)
    steps = _steps(order.id, unit) if unit else ()
    step = next((item for item in steps if item.stands == OPEN), None)
    if not unit:
        raise _not_now(state, unit, step, actor)
    if step is None or step.id != step_id:
        ended = next((item for item in steps if item.id == step_id), None)
        told = f"{ended.ended_by} 已办理" if ended is not None and ended.ended_by else "已有变化"
        raise Changed(f"这一步内部流转{told}, 请看最新情况。")
    if deed not in _may(state, unit, steps, actor):
        raise _not_now(state, unit, step, actor)
    return order, state, unit, step


def _end(step: Step, stands: str, now: int, actor: Actor, sealed: bytes | None = None) -> None:
    if not session.fetch(_END, [stands, now, actor.name, sealed, step.id]):
        raise Changed("同事刚刚办理了这一步内部流转, 请看最新情况。")


def _not_now(state: OrderState, unit: str, step: Step | None, actor: Actor) -> OrderError:
    if not unit:
        return Denied("这一单不由您所在的单位承办, 不能内部流转。")
    if actor.user_id is None or actor.of_system:
        return Denied("内部流转由本单位的人员办理, 不能用系统令牌。")
    if state.state not in WORKED:
        return Changed("这一单已不在本单位办理, 不用再内部流转。")
    if step is not None:
        return Changed(f"这一单现在由 {whose(step, {})} 办理, 请先收回再转。")
    return Denied("只有承办单位的经办人可以转出, 请联系本单位办公室。")


def whose(step: Step, names: dict[str, str]) -> str:
    """Who has it: 法规科 王某, or the sub-unit alone."""
    return (
        " ".join(filter(None, (names.get(step.to_unit, step.to_unit) if names else "", step.to_name))) or step.to_unit
    )


def _target(unit: str, actor: Actor, to_unit: str, to_user: int | None) -> tuple[str, User | None]:
    """The sub-unit or person, who must be within the unit that holds the order. Raises BadInput."""
    if bool(to_unit) == (to_user is not None):
        raise BadInput("请选择转给哪个科室, 或哪一位经办人", "to")
    path = Unit.objects.filter(code=unit).values_list("path", flat=True).first() or "\0"
    if to_user is not None:
        found = User.objects.select_related("unit").filter(
            pk=to_user, is_active=True, unit__path__startswith=path
        ).first()  # fmt: skip
        if found is None or found.unit is None:
            raise BadInput("只能转给本单位和下属科室的人员, 请重新选择", "to")
        if found.pk == actor.user_id:
            raise BadInput("这一单就在您手里, 请转给别人", "to")
        return found.unit.code, found
    below = Unit.objects.filter(code=to_unit, is_active=True, path__startswith=path).exclude(code=unit)
    if not below.exists():
        raise BadInput("只能转给本单位的下属科室, 请重新选择", "to")
    if to_unit == actor.unit_code:
        raise BadInput("这一单就在您的科室, 请转给别的科室", "to")
    return to_unit, None


def _due(text: str, state: OrderState) -> int | None:
    """The end of the internal due day. Raises BadInput for a day that is past or beyond the order's own limit."""
    if not text.strip():
        return None
    try:
        day = dt.date.fromisoformat(text.strip())
    except ValueError:
        raise BadInput("内部期限请写成日期, 如 2026-03-05", "due") from None
    if not 2000 <= day.year <= 2100:
        raise BadInput("内部期限请写成日期, 如 2026-03-05", "due")
    end = int(dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC).timestamp()) + 86400 - 8 * 3600
    now = clock.now()
    if end <= now:
        raise BadInput("内部期限已经过去, 请选今天或以后的日期", "due")
    limit = next((item.due for item in state.clocks if item.key == "reply" and item.running), None)
    if limit is not None and limit > now and end - 86400 >= limit:
        raise BadInput(f"内部期限晚于工单的办理时限 ({clock.shown(limit)}), 请提前", "due")
    return end


def _said(text: str, most: int, path: str) -> str:
    words = text.replace("\0", "").strip()
    if len(words) > most:
        raise BadInput(f"最多 {most} 字, 现为 {len(words)} 字", path)
    return words

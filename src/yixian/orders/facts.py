"""What a single order cannot know (`Facts`): reports on the same matter, precedents. Asked only where it may decide."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from yixian.lifecycle.state import Facts, OrderState
from yixian.orders import session
from yixian.rulebook import Rulebook

NONE = Facts()
OVER_A_MATTER = frozenset({"terminate", "note_repeat", "register"})
BY_PRECEDENT = frozenset({"request_return", "dispatch"})
ENDED = frozenset({"closed", "archived"})
MOST_REPORTS = 1000

_REPORTS = """
select o.number, o.state, o.requester::text, extract(epoch from o.registered_at)::bigint, s.body->'ratings'
from orders_order o join orders_snapshot s on s.order_id = o.id
where o.matter = %s order by o.registered_at, o.id limit %s"""
_ONE = """
select o.number, o.state, o.requester::text, extract(epoch from o.registered_at)::bigint, s.body->'ratings'
from orders_order o join orders_snapshot s on s.order_id = o.id where o.id = %s"""
_PRECEDENTS = """
select subject, nullif(territory, ''), lead, co from orders_precedent
where platform_id = %s and subject = %s order by id desc limit 50"""


_CALLS = """
select count(*) + coalesce(sum((s.body->'counts'->>'urges')::int), 0) from (
    select id from orders_order where requester = %s and channel = 'phone'
    order by registered_at desc, id desc limit 500
) o join orders_snapshot s on s.order_id = o.id"""
_KINDS = "select code, kind from parties_unit where code = any (%s)"
BY_KIND = frozenset({"reply", "draft_reply"})


class Report(msgspec.Struct, frozen=True):
    """One order of a matter."""

    number: str
    state: str
    requester: str | None
    registered: int
    rating: str | None
    rated: int | None = None


def reports(matter: int) -> list[Report]:
    """The orders of a matter, the first one first. `matter` is the id of the first."""
    rows = session.fetch(_REPORTS, [matter, MOST_REPORTS]) or session.fetch(_ONE, [matter])
    return [_report(*row) for row in rows]


def _report(number: str, state: str, requester: str | None, registered: int, ratings: Any) -> Report:
    return Report(number, state, requester, registered, *_rating(ratings))


def _rating(ratings: Any) -> tuple[str | None, int | None]:
    """Level and moment of the rating that counts."""
    counted = [(rating["level"], rating["at"]) for rating in ratings or () if rating.get("counts", True)]
    return counted[-1] if counted else (None, None)


def of_matter(known: list[Report], number: str, requester: str | None, registered: int) -> Facts:
    """The facts for the order `number` of this requester among the reports of its matter; a new one is counted in."""
    others = [report for report in known if report.number != number]
    everyone = [(report.registered, report.requester) for report in others] + [(registered, requester)]
    same = 1 + sum(1 for report in others if requester is not None and report.requester == requester)
    named = {who for _, who in everyone if who}
    return Facts(
        same_requester=same,
        requesters=len(named) + sum(1 for _, who in everyone if who is None),
        reports=tuple(sorted(everyone, key=lambda item: item[0])),
        earlier=tuple(
            {"order": report.number, "state": report.state, "rating": report.rating}
            for report in others
            if report.registered <= registered
        ),
        rated=tuple(
            (report.rated, report.requester, report.rating)
            for report in known
            if report.rating is not None and report.rated is not None and report.state in ENDED
        ),
    )


def gather(
    command: str, state: OrderState, book: Rulebook, platform_id: int, matter: int | None, *, every: bool = False
) -> Facts:
    """The facts for a command on an existing order; `every` for a list of all that is allowed."""
    found = NONE
    if matter is not None and (every or command in OVER_A_MATTER):
        found = of_matter(reports(matter), state.number, state.requester, state.registered)
    by_precedent = book.returns is not None and "precedent" in book.returns.not_for.value
    rule = book.dispatch.precedents
    by_precedent = by_precedent or (rule is not None and rule.value == "binding")
    if by_precedent and state.subject and (every or command in BY_PRECEDENT):
        found = msgspec.structs.replace(found, precedents=precedents(platform_id, state.subject))
    if command == "refer" and state.requester and book.intake.abuse is not None:
        found = msgspec.structs.replace(found, calls=calls(state.requester))
    if command in BY_KIND and any(row.unit_kind for row in book.replies):
        found = msgspec.structs.replace(found, unit_kinds=unit_kinds(part.unit for part in state.assignments))
    return found


def calls(requester: str) -> int:
    """How often this requester called: orders by phone, and urges on them; the latest 500 orders are looked at."""
    row = session.fetch_one(_CALLS, [requester])
    return int(row[0]) if row else 0


def unit_kinds(units: Iterable[str]) -> dict[str, str]:
    """Unit -> what kind of body it is (government, enterprise, institution, social)."""
    return dict(session.fetch(_KINDS, [list(units)]))


def precedents(platform_id: int, subject: str) -> tuple[dict[str, Any], ...]:
    """Who handled this subject before by designation, newest first."""
    rows = session.fetch(_PRECEDENTS, [platform_id, subject])
    return tuple({"subject": row[0], "territory": row[1], "lead": row[2], "co": tuple(row[3])} for row in rows)

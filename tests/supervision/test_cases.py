"""Cases of all orders side by side: what the outbox fills is what a rebuild makes, listed by state within scope."""

from __future__ import annotations

import pytest

from tests.supervision.conftest import NOW, actor, drain
from tests.web.seed import HOUR, Story, Town
from yixian.orders import sweep
from yixian.orders.errors import BadInput
from yixian.supervision import cases
from yixian.supervision.cases import CaseFilters
from yixian.supervision.models import SupervisionCase


def _supervised(town: Town, count: int = 1, lead: str = "water") -> list[str]:
    numbers = []
    for index in range(count):
        story = Story(town, NOW - (60 + index) * HOUR).register(index % 8).give("dispatcher", "dispatch", 1, lead=lead)
        story.give("supervisor", "supervise", 2, reason="媒体关注", mode="现场", by="12345热线管理机构")
        numbers.append(str(story.number))
    return numbers


def test_a_case_appears_with_its_order(town: Town) -> None:
    number = _supervised(town)[0]
    drain()
    (row,) = cases.page(CaseFilters(), actor(town, "supervisor")).rows
    assert (row.order_no, row.body, row.stands, row.lead) == (number, "12345热线管理机构", "open", "water")
    assert (row.means, row.reason) == (["现场"], "媒体关注")
    assert cases.counts(actor(town, "supervisor"))["open"] == 1


def test_conclusions_move_it_from_list_to_list(town: Town) -> None:
    story = Story(town, NOW - 60 * HOUR).register(0).give("dispatcher", "dispatch", 1, lead="water")
    story.give("supervisor", "supervise", 2, reason="媒体关注")
    drain()
    case = SupervisionCase.objects.get().key
    story.give("supervisor", "conclude_case", 20, case=case, outcome="effective", note="积水已排除")
    drain()
    person = actor(town, "supervisor")
    assert cases.page(CaseFilters(stands="open"), person).rows == ()
    (row,) = cases.page(CaseFilters(stands="effective"), person).rows
    assert row.note == "积水已排除"
    assert row.concluded == story.at


def test_a_unit_sees_its_own_and_follows_the_order(town: Town) -> None:
    story = Story(town, NOW - 60 * HOUR).register(0).give("dispatcher", "dispatch", 1, lead="water")
    story.give("supervisor", "supervise", 2, reason="媒体关注")
    drain()
    assert len(cases.page(CaseFilters(), actor(town, "water-clerk")).rows) == 1
    assert cases.page(CaseFilters(), actor(town, "housing-clerk")).rows == ()
    assert cases.page(CaseFilters(unit="water"), actor(town, "housing-clerk")).rows == ()
    story.give("supervisor", "designate", 1, lead="housing", by="协调会", reason="职责交叉")
    drain()
    assert cases.page(CaseFilters(), actor(town, "water-clerk")).rows == ()
    assert len(cases.page(CaseFilters(), actor(town, "housing-clerk")).rows) == 1


def test_a_rebuild_makes_the_same(town: Town) -> None:
    _supervised(town, 3)
    Story(town, NOW - 30 * 24 * HOUR).register(3).give("dispatcher", "dispatch", 1, lead="water")
    sweep.run(now=NOW)
    drain()
    before = list(SupervisionCase.objects.order_by("order_id", "place").values())
    SupervisionCase.objects.all().delete()
    assert cases.rebuild() == len(before) >= 3
    assert list(SupervisionCase.objects.order_by("order_id", "place").values()) == before


def test_pages_follow_without_gap_and_filters_hold(town: Town) -> None:
    numbers = _supervised(town, 13)
    drain()
    person = actor(town, "supervisor")
    seen, cursor = [], None
    while True:
        found = cases.page(CaseFilters(), person, cursor, 5)
        seen += [row.order_no for row in found.rows]
        cursor = found.next_cursor
        if cursor is None:
            break
    assert seen == numbers, "newest first, each once"
    assert len(cases.page(CaseFilters(trigger="manual", body="12345热线管理机构"), person).rows) == 13
    assert cases.page(CaseFilters(body="别处"), person).rows == ()
    assert cases.page(CaseFilters(card="red"), person).rows == ()
    assert len(cases.page(CaseFilters(article="zhuhai:18"), person).rows) == 13
    with pytest.raises(BadInput, match="督办状态"):
        cases.page(CaseFilters(stands="x"), person)
    with pytest.raises(BadInput, match="翻页标记"):
        cases.page(CaseFilters(), person, "zzz")

"""The demo's part of supervision can be repeated, and shows an emergency, cases and figures."""

from __future__ import annotations

from tests.supervision.conftest import NOW, actor, drain
from tests.web.seed import HOUR, Story, Town
from yixian.ops import demo_supervision
from yixian.supervision import alarms, cases, figures
from yixian.supervision.cases import CaseFilters
from yixian.supervision.figures import Wanted


def test_seeding_twice_is_seeding_once(town: Town) -> None:
    story = Story(town, NOW - 60 * HOUR).register(0).give("dispatcher", "dispatch", 1, lead="water")
    story.give("supervisor", "supervise", 2, reason="媒体关注")
    demo_supervision.seed(NOW)
    demo_supervision.seed(NOW)
    drain()
    chief = actor(town, "supervisor")
    assert len(alarms.waiting(chief)) == 1
    assert len(cases.page(CaseFilters(), chief).rows) == 1
    assert figures.summary(figures.within(chief, Wanted(figures.period("2026-03")))).counts["received"] == 2

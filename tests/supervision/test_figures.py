"""Figures: every number is the orders it leads to; nothing below the line is 不适用; a rebuild makes the same."""

from __future__ import annotations

import pytest

from tests.supervision.conftest import NOW, actor
from tests.web.seed import HOUR, Story, Town
from yixian.orders import sweep
from yixian.orders.errors import BadInput, Denied
from yixian.supervision import counting, figures
from yixian.supervision.figures import Wanted
from yixian.supervision.measures import MEASURES
from yixian.supervision.models import Counted, MonthFigure, OrderFigure, ReturnFigure, WordFigure

DAY = 24 * HOUR
REPLY = "时间: 接单当日。经过: 已到场核查。结果: 已处理完毕。依据: 城镇排水与污水处理条例。"
MARCH = figures.period("2026-03")


def _answered(town: Town, at: int, level: str | None = None, lead: str = "water", **fields: object) -> Story:
    clerk = f"{lead}-clerk"
    story = Story(town, at).register(int(fields.pop("text", 0)), **fields)  # type: ignore[call-overload]
    story.give("dispatcher", "dispatch", 1, lead=lead).give(clerk, "sign", 2)
    story.give(clerk, "reply", 20, text=REPLY, contacted=True, signed_by="分管负责人").give(
        "reviewer", "pass_review", 2
    )
    if level:
        story.give("caller", "evaluate", 2, level=level, by="human", resolved=level != "不满意")
    return story


@pytest.fixture
def march(town: Town) -> Town:
    """Six orders of March at the water bureau, one at another, one of February."""
    start = MARCH.start + 9 * HOUR + DAY
    _answered(town, start, "满意", subject="积水")
    _answered(town, start + HOUR, "不满意", subject="积水")
    _answered(town, start + 2 * HOUR, "满意", nature="执法办案")
    _answered(town, start + 3 * HOUR)
    Story(town, start + 4 * HOUR).register(1).give("dispatcher", "dispatch", 1, lead="water").give(
        "water-clerk", "sign", 1
    )
    Story(town, start + 5 * HOUR).register(3).give("dispatcher", "dispatch", 1, lead="water").give(
        "water-clerk", "request_return", 4, reason="不属于本局职责", basis="职能规定", suggestion="urban"
    ).give("reviewer", "refuse_return", 2, reason="首接负责")
    _answered(town, start + 6 * HOUR, "满意", lead="housing")
    _answered(town, MARCH.start - 8 * DAY, "不满意")
    sweep.run(now=start + 40 * DAY)
    counting.refresh()
    return town


def test_counts_and_rates_of_a_unit(march: Town) -> None:
    found = figures.summary(Wanted(MARCH, units=("water",)))
    assert found.counts["received"] == 6
    assert (found.counts["on_time"], found.counts["running_late"]) == (4, 2)
    assert found.rate("on_time_rate") == pytest.approx(100 * 4 / 6)
    assert found.counts["uncounted"] == 1
    assert found.rate("satisfaction_all") == pytest.approx(
        100 * found.counts["satisfied_all"] / found.counts["base_all"]
    )
    assert found.counts["base_all"] - found.counts["base"] == 1, "law enforcement leaves the one and stays in the other"
    assert found.counts["deemed"] == 1, "the silent one counts as satisfied in this city"
    assert figures.returns(Wanted(MARCH, units=("water",))) == figures.Returns(1, 0, 1, 1)


def test_every_number_leads_to_its_orders(march: Town) -> None:
    wanted = Wanted(MARCH, units=("water",))
    found = figures.summary(wanted)
    for measure in MEASURES:
        ids, cursor = [], None
        while True:
            page, cursor = figures.orders(wanted, measure, cursor, 2)
            ids += page
            if cursor is None:
                break
        assert len(ids) == len(set(ids)) == found.counts[measure], measure


def test_returned_orders_are_those_the_unit_asked_to_return(march: Town) -> None:
    wanted = Wanted(MARCH, units=("water",), category="举报")
    assert figures.returns(wanted).asked == len(figures.orders(wanted, "return_asked")[0]) == 1
    assert figures.orders(wanted, "return_approved")[0] == []
    assert figures.orders(Wanted(MARCH, units=("water",), category="咨询"), "return_asked")[0] == []


def test_groups_add_up_to_the_whole(march: Town) -> None:
    wanted = Wanted(MARCH, platform_ids=(march.platform.pk,))
    whole = figures.summary(wanted)
    for by in ("category", "platform"):
        groups = figures.grouped(wanted, by)
        for measure in MEASURES:
            assert sum(found.counts[measure] for _, found in groups) == whole.counts[measure], (by, measure)
    assert {unit: found.counts["received"] for unit, found in figures.grouped(wanted, "unit")} == {
        "water": 6, "housing": 1,
    }  # fmt: skip
    assert figures.most_frequent(wanted)["subject"] == [("积水", 2)]
    assert figures.whole(wanted, ("category", "unit", "platform")).all == whole


def test_nothing_below_the_line_is_not_a_rate(march: Town) -> None:
    found = figures.summary(Wanted(figures.period("2019"), units=("water",)))
    assert set(found.counts.values()) == {0}
    assert all(found.rate(name) is None for name in figures.RATES)


def test_a_change_is_counted_by_the_next_run(march: Town) -> None:
    story = Story(march, MARCH.start + 20 * DAY).register(6).give("dispatcher", "dispatch", 1, lead="water")
    counting.refresh()
    assert figures.summary(Wanted(MARCH, units=("water",))).counts["received"] == 7
    story.give("supervisor", "designate", 1, lead="housing", by="协调会", reason="职责交叉")
    counting.refresh()
    assert figures.summary(Wanted(MARCH, units=("water",))).counts["received"] == 6


def test_a_rebuild_makes_the_same(march: Town) -> None:
    before = list(OrderFigure.objects.order_by("order_id").values())
    returns = list(ReturnFigure.objects.order_by("order_id", "seq").values())
    OrderFigure.objects.all().delete()
    ReturnFigure.objects.all().delete()
    assert counting.rebuild() == len(before) == 8
    assert list(OrderFigure.objects.order_by("order_id").values()) == before
    assert list(ReturnFigure.objects.order_by("order_id", "seq").values()) == returns


def test_nobody_counts_beyond_their_scope(march: Town) -> None:
    clerk = actor(march, "water-clerk")
    assert figures.within(clerk, Wanted(MARCH)).units == ("water",)
    with pytest.raises(Denied, match="本单位"):
        figures.within(clerk, Wanted(MARCH, units=("housing",)))
    with pytest.raises(Denied):
        figures.within(actor(march, "supervisor"), Wanted(MARCH, platform_ids=(10**6,)))
    assert figures.within(actor(march, "supervisor"), Wanted(MARCH)).platform_ids == (march.platform.pk,)


@pytest.mark.parametrize(
    ("code", "days", "before"),
    [("2026-03", 31, "2026-02"), ("2026-01", 31, "2025-12"), ("2026-Q1", 90, "2025-Q4"), ("2026-Q3", 92, "2026-Q2"),
     ("2024", 366, "2023"), ("2024-02", 29, "2024-01"), ("2026-12", 31, "2026-11")],
)  # fmt: skip
def test_periods(code: str, days: int, before: str) -> None:
    found = figures.period(code)
    assert (found.end - found.start, found.before) == (days * DAY, before)
    assert figures.period(before).end == found.start


@pytest.mark.parametrize(
    "code", ["", "2026-13", "2026-00", "2026-Q5", "26", "2026-3", "1999", "2026-Qx", "今年", "２０２６"]
)
def test_other_words_are_no_period(code: str) -> None:
    with pytest.raises(BadInput, match="时段"):
        figures.period(code)


def test_seen_from_now() -> None:
    assert figures.period("2026-03").start < NOW < figures.period("2026-03").end


PERIODS = ("2026-03", "2026-02", "2026-Q1", "2026", "2025")


def _same_as_counted_directly(town: Town) -> None:
    for code in PERIODS:
        period = figures.period(code)
        for wanted in (
            Wanted(period, units=("water",)),
            Wanted(period, units=("water", "housing"), platform_ids=(town.platform.pk,)),
            Wanted(period, platform_ids=(town.platform.pk,)),
            Wanted(period, platform_ids=(town.platform.pk,), category="投诉"),
        ):
            assert figures.summary(wanted) == figures.summary(wanted, direct=True), wanted
            by = ("category", "unit", "platform")
            assert figures.whole(wanted, by) == figures.whole(wanted, by, direct=True), wanted
            assert figures.returns(wanted) == figures.returns(wanted, direct=True), wanted
            assert figures.most_frequent(wanted) == figures.most_frequent(wanted, direct=True), wanted


def test_the_months_are_what_a_direct_count_finds(march: Town) -> None:
    _same_as_counted_directly(march)
    story = (
        Story(march, MARCH.start + 20 * DAY).register(6, subject="照明").give("dispatcher", "dispatch", 1, lead="water")
    )
    counting.refresh()
    story.give("supervisor", "designate", 1, lead="housing", by="协调会", reason="职责交叉")
    counting.refresh()
    counting.refresh()
    _same_as_counted_directly(march)
    assert figures.summary(Wanted(MARCH, units=("housing",))).counts["received"] == 2


def test_months_that_went_wrong_are_made_anew(march: Town) -> None:
    MonthFigure.objects.update(received=99)
    WordFigure.objects.all().delete()
    counting.rebuild()
    _same_as_counted_directly(march)
    MonthFigure.objects.all().delete()
    Counted.objects.update(months_built=False)
    counting.refresh()
    _same_as_counted_directly(march)

"""Filing, amending and voiding entries; who may, who sees, what is late and what can never be changed."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection

from tests.registers.conftest import ROSTER, WORKS, Town, at
from yixian.orders.errors import BadInput, Changed, Denied, NotFound
from yixian.registers import actions, queries
from yixian.registers.actions import Invalid
from yixian.registers.models import Entry, EntryVersion
from yixian.registers.queries import Wanted


def file(town: Town, who: str, kind: str, values: dict[str, Any], when: str, **more: Any) -> Entry:
    return actions.file(town.actors[who], kind, values, platform=town.platform, at=at(when), **more)


def test_a_roster_in_time_and_one_too_late(town: Town) -> None:
    good = file(town, "water", "roster", ROSTER, "2023-09-27T23:59")
    assert (good.late, good.unit.code, good.basis) == (False, "harbour-water", ["zhuhai:20.1"])
    assert int(good.due_at.timestamp()) == at("2023-09-28T00:00")
    assert file(town, "urban", "roster", ROSTER, "2023-09-28T00:01").late


def test_an_ordinary_nights_roster_has_no_limit_and_a_day_inside_a_holiday_has_the_holidays(town: Town) -> None:
    plain = {**ROSTER, "period": "本周夜间", "day": "2023-09-12", "until": "2023-09-15"}
    made = file(town, "water", "roster", plain, "2023-09-12T09:00")
    assert (made.due_at, made.late) == (None, False)
    inside = file(town, "water", "roster", {**ROSTER, "day": "2023-10-02"}, "2023-09-28T09:00")
    assert inside.late


def test_works_must_hold_all_six_fields_of_the_article(town: Town) -> None:
    for code in ("day", "place", "length", "scope", "responsible", "person"):
        with pytest.raises(Invalid) as caught:
            file(town, "water", "works", {**WORKS, code: ""}, "2023-10-01T10:00")
        assert code in caught.value.errors
    made = file(town, "water", "works", WORKS, "2023-10-09T18:00")
    assert (made.late, made.basis, str(made.starts), str(made.ends)) == (
        False,
        ["zhuhai:20.2"],
        "2023-10-16",
        "2023-10-20",
    )
    assert file(town, "water", "works", WORKS, "2023-10-10T08:00").late


def test_a_change_of_staff_names_its_hand_over_and_counts_from_the_change(town: Town) -> None:
    change = {"change": "离任", "name": "赵明", "day": "2023-09-04", "successor": "钱亮"}
    with pytest.raises(Invalid) as caught:
        file(town, "water", "staff_change", change, "2023-09-05T09:00")
    assert list(caught.value.errors) == ["handover"]
    full = {**change, "handover": "已交接在办工单, 9月5日培训"}
    assert not file(town, "water", "staff_change", full, "2023-09-06T00:00").late
    late = file(town, "water", "staff_change", full, "2023-09-06T00:01")
    assert late.late
    assert set(late.basis) == {"zhuhai:6", "zhuhai:22"}


def test_a_new_policy_comes_neither_late_nor_early(town: Town) -> None:
    policy = {
        "nature": "新政策",
        "subject": "人才安居办法",
        "content": "要点",
        "person": "孙敏",
        "day": "2023-10-16",
        "next": "2024-10-16",
    }
    found = {
        when: (one.early, one.late)
        for when in ("2023-09-25T17:00", "2023-09-26T00:00", "2023-10-11T23:00", "2023-10-12T09:00")
        if (one := file(town, "water", "knowledge_item", policy, when))
    }
    assert list(found.values()) == [(True, False), (False, False), (False, False), (False, True)]
    with pytest.raises(Invalid) as caught:
        file(town, "water", "knowledge_item", {**policy, "day": ""}, "2023-10-01T09:00")
    assert "day" in caught.value.errors
    plain = file(town, "water", "knowledge_item", {**policy, "nature": "服务事项", "day": ""}, "2023-10-01T09:00")
    assert plain.due_at is None
    assert plain.remind_on is not None


def test_every_change_leaves_a_version_that_nobody_can_alter(town: Town) -> None:
    entry = file(town, "water", "works", WORKS, "2023-10-01T10:00")
    changed = actions.amend(
        town.actors["water"],
        entry.pk,
        {**WORKS, "until": "2023-10-22"},
        seen=1,
        note="工期顺延",
        at=at("2023-10-18T10:00"),
    )
    assert (changed.version, str(changed.ends), changed.late) == (2, "2023-10-22", False)
    actions.void(town.actors["supervisor"], entry.pk, "施工取消", at=at("2023-10-19T10:00"))
    seen = queries.detail(town.actors["agent"], entry.pk)
    assert [one.deed for one in seen.versions] == ["voided", "amended", "filed"]
    assert seen.versions[-1].values["until"] == "2023-10-20"
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("update registers_entryversion set note = 'x' where entry_id = %s", [entry.pk])


def test_a_voided_or_changed_entry_is_not_amended(town: Town) -> None:
    entry = file(town, "water", "works", WORKS, "2023-10-01T10:00")
    with pytest.raises(Changed):
        actions.amend(town.actors["water"], entry.pk, WORKS, seen=7)
    with pytest.raises(Invalid):
        actions.void(town.actors["water"], entry.pk, " ")
    actions.void(town.actors["water"], entry.pk, "重复报送")
    with pytest.raises(Changed):
        actions.amend(town.actors["water"], entry.pk, WORKS)
    assert EntryVersion.objects.filter(entry=entry).count() == 2


def test_who_may_file_what(town: Town) -> None:
    talk = {"means": "约谈", "ground": "不当退单", "day": "2023-09-10", "facts": "同一工单退回三次"}
    for who in ("agent", "water", "auditor"):
        with pytest.raises(Denied):
            file(town, who, "accountability", talk, "2023-09-10T09:00")
    made = file(town, "supervisor", "accountability", talk, "2023-09-10T09:00", unit="harbour-water")
    assert made.basis == ["zhuhai:18"]
    with pytest.raises(Denied):
        file(town, "water", "roster", ROSTER, "2023-09-20T09:00", unit="harbour-urban")
    with pytest.raises(NotFound):
        file(town, "supervisor", "nothing", {}, "2023-09-10T09:00")
    with pytest.raises(Denied):
        actions.amend(town.actors["urban"], file(town, "water", "roster", ROSTER, "2023-09-20T09:00").pk, ROSTER)


def test_units_see_what_is_for_all_and_what_is_theirs(town: Town) -> None:
    talk = {"means": "约谈", "ground": "不当退单", "day": "2023-09-10", "facts": "同一工单退回三次"}
    file(town, "supervisor", "accountability", talk, "2023-09-10T09:00", unit="harbour-water")
    file(town, "water", "works", WORKS, "2023-10-01T10:00")
    seen = {
        who: (
            len(queries.page(town.actors[who], "accountability", Wanted()).rows),
            len(queries.page(town.actors[who], "works", Wanted()).rows),
        )
        for who in ("supervisor", "agent", "water", "urban")
    }
    assert seen == {"supervisor": (1, 1), "agent": (1, 1), "water": (1, 1), "urban": (0, 1)}


def test_nobody_sees_another_platforms_entries(town: Town, county: Town) -> None:
    entry = file(town, "water", "works", WORKS, "2023-10-01T10:00")
    for who in county.actors.values():
        assert not queries.page(who, "works", Wanted()).rows
        with pytest.raises(NotFound):
            queries.detail(who, entry.pk)
    assert queries.entries("works", platform_path=town.platform.path)[0].pk == entry.pk
    assert queries.entries("works", platform_path=county.platform.path) == []


def test_whoever_reported_retaliation_is_kept_from_the_unit(county: Town) -> None:
    grounds = "打击报复诉求人，扣押、销毁或泄露举报信息"
    case = {"means": "移交追责", "ground": grounds, "day": "2023-09-10", "facts": "举报材料转给了被举报人"}
    with pytest.raises(Invalid) as caught:
        file(county, "supervisor", "accountability", {**case, "facts": "举报人电话 13812345678"}, "2023-09-10T09:00")
    assert "facts" in caught.value.errors
    made = file(county, "supervisor", "accountability", case, "2023-09-10T09:00", unit="hill-water")
    assert made.protected
    assert made.basis == ["lezhi:21(4)", "lezhi:21"]
    unit = queries.detail(county.actors["water"], made.pk)
    assert "facts" not in unit.entry.values
    assert unit.orders == []
    assert unit.versions == []
    assert unit.withheld
    assert "facts" in queries.detail(county.actors["supervisor"], made.pk).entry.values


def test_pages_follow_one_another_and_searching_narrows(town: Town) -> None:
    for number in range(7):
        file(town, "water", "works", {**WORKS, "place": f"人民东路{number}号"}, f"2023-09-0{number + 1}T10:00")
    first = queries.page(town.actors["agent"], "works", Wanted(), None, 3)
    second = queries.page(town.actors["agent"], "works", Wanted(), first.next_cursor, 3)
    third = queries.page(town.actors["agent"], "works", Wanted(), second.next_cursor, 3)
    seen = [row.values["place"] for page in (first, second, third) for row in page.rows]
    assert seen == [f"人民东路{number}号" for number in reversed(range(7))]
    assert third.next_cursor is None
    assert len(queries.page(town.actors["agent"], "works", Wanted(words="东路3号 停水")).rows) == 1
    with pytest.raises(BadInput):
        queries.page(town.actors["agent"], "works", Wanted(), "x.y")


def test_agents_find_the_works_near_a_place_and_who_is_on_duty(town: Town) -> None:
    file(town, "water", "works", WORKS, "2023-10-01T10:00")
    file(town, "urban", "works", {**WORKS, "place": "金湾区三灶镇", "scope": "海澄村"}, "2023-10-01T10:00")
    day = actions.dt.date(2023, 10, 17)
    found = queries.near(town.actors["agent"], "翠微西路 190 号小区", day)
    assert [one.values["place"] for one in found.works] == ["香洲区翠微西路 188 号"]
    assert queries.near(town.actors["agent"], "翠微西路", actions.dt.date(2023, 10, 21)).works == []


HOSTILE = ("\0", "\ud800", "\u202e反", "x" * 5000, "'; drop table registers_entry; --", "<script>alert(1)</script>")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_are_refused_or_kept_as_words(town: Town, text: str) -> None:
    for code in WORKS:
        wrong: dict[str, str] = {}
        kept = text
        try:
            kept = file(town, "water", "works", {**WORKS, code: text}, "2023-10-01T10:00").values[code]
        except Invalid as error:
            wrong = error.errors
        assert wrong.keys() <= {code}
        assert kept == text
    queries.page(
        town.actors["agent"], "works", Wanted(words=text.replace("\ud800", ""), unit=text.replace("\ud800", ""))
    )


@pytest.mark.parametrize("day", ["2023-02-30", "昨天", "1066-01-01", "9999-99-99", "2023-9", "-", "２０２３-01-01x"])
def test_a_day_that_is_none_is_said_so(town: Town, day: str) -> None:
    with pytest.raises(Invalid) as caught:
        file(town, "water", "works", {**WORKS, "day": day}, "2023-10-01T10:00")
    assert list(caught.value.errors) == ["day"]


def test_an_order_nobody_knows_cannot_be_linked(town: Town) -> None:
    talk = {"means": "约谈", "ground": "不当退单", "day": "2023-09-10", "facts": "同一工单退回三次"}
    with pytest.raises(Invalid) as caught:
        file(town, "supervisor", "accountability", talk, "2023-09-10T09:00", orders=["999"])
    assert list(caught.value.errors) == ["orders"]

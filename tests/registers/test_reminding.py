"""Who owes an entry is told at the book's moments, once each; who filed is not; lateness is told to keepers too."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection

from tests.registers.conftest import ROSTER, Town, at
from yixian.exchange.models import Audience, Notice
from yixian.orders import platforms
from yixian.registers import actions, owing, reminding, staffing
from yixian.registers.models import Entry


def told(address: str) -> list[str]:
    ids = Audience.objects.filter(address=address).values_list("notice_id", flat=True)
    return list(Notice.objects.filter(pk__in=list(ids)).order_by("id").values_list("title", flat=True))


def file(town: Town, who: str, kind: str, values: dict[str, Any], when: str, **more: Any) -> Entry:
    return actions.file(town.actors[who], kind, values, platform=town.platform, at=at(when), **more)


def test_a_roster_is_owed_before_each_statutory_holiday(town: Town) -> None:
    place = platforms.of_code("harbour")
    found = owing.owed(place, at("2023-09-10T09:00"))
    assert [(one.name, str(one.day), one.due_at) for one in found] == [
        ("中秋、国庆节", "2023-09-29", at("2023-09-28T00:00"))
    ]
    assert {unit.code for unit in owing.missing(found[0])} == {"harbour-water", "harbour-urban"}


def test_nothing_is_owed_where_the_book_sets_no_limit(county: Town) -> None:
    assert owing.owed(platforms.of_code("hill"), at("2023-09-10T09:00")) == []


def test_units_are_reminded_once_a_moment_and_only_those_who_owe(town: Town) -> None:
    assert reminding.run(at("2023-09-20T09:00")) == 0
    assert reminding.run(at("2023-09-22T09:00")) == 2
    assert reminding.run(at("2023-09-22T10:00")) == 0
    file(town, "water", "roster", ROSTER, "2023-09-25T09:00")
    assert reminding.run(at("2023-09-26T09:00")) == 1
    assert reminding.run(at("2023-09-27T09:00")) == 1
    assert reminding.run(at("2023-09-28T00:00")) == 0
    assert len(told("unit:harbour-water")) == 1
    assert told("unit:harbour-urban")[0] == "请在 9月27日 24:00 前报送中秋、国庆节的值班表"
    assert len(told("unit:harbour-urban")) == 3


def test_lateness_is_told_to_the_unit_and_to_the_keepers(town: Town) -> None:
    reminding.run(at("2023-09-28T00:01"))
    assert any("已过报送期限" in title for title in told("unit:harbour-water"))
    keepers = Notice.objects.get(key__endswith=":keepers")
    assert (keepers.title, keepers.text) == ("中秋、国庆节的值班表: 2 个单位逾期未报", "市城市管理局、市水务局")
    assert keepers.basis == ["zhuhai:20.1"]


def test_a_plan_whose_month_comes_is_put_before_its_unit(town: Town) -> None:
    plan = {
        "nature": "季节性",
        "matter": "台风季积水",
        "plan": "备泵, 巡查下穿通道",
        "months": ["6月"],
        "next": "2024-05-20",
    }
    file(town, "water", "topic", plan, "2023-09-25T09:00")
    reminding.run(at("2024-05-19T23:59"))
    assert not [title for title in told("unit:harbour-water") if "台风" in title]
    before = len(told("unit:harbour-water"))
    reminding.run(at("2024-05-20T00:10"))
    reminding.run(at("2024-05-20T01:10"))
    assert told("unit:harbour-water")[before:] == ["集中与季节性问题“台风季积水”到了下次准备日期"]


@pytest.mark.django_db
def test_the_sweep_asks_the_same_few_questions_however_many_units(
    town: Town, django_assert_max_num_queries: Any
) -> None:
    from yixian.parties import access
    from yixian.parties import actions as parties

    for number in range(40):
        parties.create_unit(actor=access.SYSTEM, platform=town.platform, code=f"u{number}", name=f"单位{number}")
    reminding.run(at("2023-09-01T09:00"))
    with django_assert_max_num_queries(8):
        assert reminding.run(at("2023-09-22T09:00")) == 42
    assert connection.vendor == "postgresql"


def test_holidays_have_their_names() -> None:
    assert owing.holiday_name(dt.date(2024, 2, 10), dt.date(2024, 2, 17)) == "春节"
    assert owing.holiday_name(dt.date(2050, 10, 1), dt.date(2050, 10, 3)) == "10月1日起的假期"


def test_a_unit_whose_accounts_changed_is_asked_to_file_the_change(town: Town, county: Town) -> None:
    from django.utils import timezone

    from yixian.parties import access
    from yixian.parties import actions as parties
    from yixian.parties.models import Unit, User

    Unit.objects.update(created_at=timezone.now() - dt.timedelta(days=60))
    now = int(timezone.now().timestamp())
    for where in (town, county):
        gone = User.objects.get(username=f"{where.platform.code}.water")
        parties.set_user_active(actor=access.SYSTEM, user=gone, active=False)
    reminding.run(now)
    reminding.run(now + 60)
    titles = [title for title in told("unit:harbour-water") if "本单位账号有变动" in title]
    assert len(titles) == 1
    assert "前备案专职人员变动" in titles[0]
    assert not [title for title in told("unit:hill-water") if "账号" in title]
    later = now + 9 * 86400
    reminding.run(later)
    assert len([title for title in told("unit:harbour-water") if "已过备案期限" in title]) == 1
    today = dt.datetime.fromtimestamp(now, dt.timezone(dt.timedelta(hours=8))).date().isoformat()
    change = {"change": "离任", "name": "赵明", "day": today, "successor": "钱亮", "handover": "已交接"}
    actions.file(town.actors["water"], "staff_change", change, platform=town.platform, at=now)
    reminding.run(later + 86400)
    assert not [one for one in staffing.unfiled(later) if one.unit.code == "harbour-water"]


def test_a_new_units_first_accounts_are_no_change(town: Town) -> None:
    from django.utils import timezone

    reminding.run(int(timezone.now().timestamp()))
    assert not [title for title in told("unit:harbour-water") if "账号" in title]

"""What each clause on registers asks, done by the people it names, citing its article."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from tests.registers.conftest import Town, at, town_of
from yixian.exchange.models import Audience
from yixian.lifecycle import parse
from yixian.orders import actions as orders
from yixian.orders.errors import Denied
from yixian.parties import access
from yixian.registers import actions, asked, queries, reminding, sampling
from yixian.registers.actions import Invalid
from yixian.registers.models import Entry
from yixian.registers.queries import Wanted

WHEN = "2024-03-11T10:00"
Under = Callable[[str], Town]


@pytest.fixture
def under(db: None) -> Under:
    """A hotline under a book."""
    return lambda book: town_of(book, f"{book}-city")


def file(town: Town, who: str, kind: str, unit: str | None = None, when: str = WHEN, **values: Any) -> Entry:
    code = town.units[unit].code if unit else None
    return actions.file(town.actors[who], kind, values, platform=town.platform, unit=code, at=at(when))


def seen(town: Town, who: str, kind: str) -> int:
    return len(queries.page(town.actors[who], kind, Wanted()).rows)


def test_a_unit_registers_its_training_and_the_experts_it_sends(under: Under) -> None:
    town = under("anhui")
    lesson = file(town, "water", "training", subject="停水通知口径", day="2024-03-08", teacher="业务科", count="20")
    expert = file(
        town, "water", "expert", name="周工", field="供水", phone="0551-0000001", seat="轮值", until="2024-12-31"
    )
    assert (lesson.basis, expert.basis) == (["anhui:8(2)"], ["anhui:8(2)"])
    assert seen(town, "agent", "expert") == 1
    assert [one.pk for one in queries.entries("expert", platform_path=town.platform.path, day=dt.date(2024, 6, 1))] == [
        expert.pk
    ]
    assert queries.entries("expert", platform_path=town.platform.path, day=dt.date(2025, 6, 1)) == []


@pytest.mark.parametrize(("book", "article"), [("anhui", "8(3)"), ("neimenggu", "7(3)"), ("lezhi", "13")])
def test_a_unit_keeps_its_knowledge_and_is_told_when_to_check_it(under: Under, book: str, article: str) -> None:
    town = under(book)
    item = {"nature": "服务事项", "subject": "报装", "content": "线上申请", "person": "李敏", "next": "2024-04-01"}
    made = file(town, "water", "knowledge_item", **item)
    assert f"{book}:{article}" in made.basis
    assert made.unit is not None
    reminding.run(at("2024-04-01T08:00"))
    assert Audience.objects.filter(address=f"unit:{made.unit.code}", kind="register").count() == 1
    changed = actions.amend(town.actors["water"], made.pk, {**item, "content": "线上线下均可", "next": "2024-10-01"})
    assert (changed.version, str(changed.remind_on)) == (2, "2024-10-01")
    with pytest.raises(Invalid) as caught:
        file(town, "water", "knowledge_item", **{**item, "person": "", "next": ""})
    assert set(caught.value.errors) == {"person", "next"}


@pytest.mark.parametrize("book", ["anhui", "zhuhai", "neimenggu"])
def test_a_unit_is_called_to_account_for_the_cases_that_the_rules_list(under: Under, book: str) -> None:
    town = under(book)
    register = asked.registers_of(asked.book_of(book, dt.date(2024, 3, 11)))["accountability"]
    for ground in register.grounds:
        made = file(
            town,
            "supervisor",
            "accountability",
            "water",
            means="通报",
            ground=ground.text,
            day="2024-03-10",
            facts="查实",
        )
        assert set(ground.basis) <= set(made.basis)
    assert seen(town, "water", "accountability") == len(register.grounds)
    assert seen(town, "urban", "accountability") == 0
    with pytest.raises(Invalid) as caught:
        file(town, "supervisor", "accountability", "water", means="通报", ground="别的", day="2024-03-10", facts="查实")
    assert list(caught.value.errors) == ["ground"]


def test_serious_cases_are_published_to_society_and_their_rectification_is_followed(under: Under) -> None:
    town = under("zhuhai")
    made = file(
        town,
        "supervisor",
        "accountability",
        "water",
        means="通报",
        ground="消极懈怠",
        day="2024-03-10",
        facts="多件逾期",
        published="是",
        published_where="市政府网站",
        deadline="2024-04-10",
    )
    assert made.values["published"] is True
    assert made.basis == ["zhuhai:18"]
    before = Audience.objects.count()
    reminding.run(at("2024-04-10T08:00"))
    assert Audience.objects.filter(address__startswith="unit:", kind="register").exists()
    assert Audience.objects.count() > before


@pytest.mark.parametrize(("book", "ground", "article"), [("anhui", "人大代表", "23"), ("neimenggu", "党内监督", "21")])
def test_overseers_get_a_masked_sample_and_their_findings_are_answered(
    under: Under, book: str, ground: str, article: str
) -> None:
    town = under(book)
    for index in range(6):
        told = {"category": "咨询", "channel": "phone", "text": f"第{index}问, 请回电 13912345678"}
        told["requester"] = {"phone": "13912345678"}  # type: ignore[assignment]
        made = orders.handle(
            None, parse("register", told), access.SYSTEM, platform=town.platform.code, now=at(WHEN) + index
        )
        orders.handle(made.order_no, parse("answer", {"text": "已当场答复"}), access.SYSTEM, now=at(WHEN) + 60 + index)
    day = dt.date(2024, 3, 11)
    drawn = sampling.draw(town.actors["supervisor"], first=day, last=day, size=4, seed="三月抽样")
    assert len(drawn) == 4
    assert not any("13912345678" in one.excerpt for one in drawn)
    again = sampling.draw(town.actors["auditor"], first=day, last=day, size=4, seed="三月抽样")
    assert [one.number for one in again] == [one.number for one in drawn]
    entry = file(
        town,
        "supervisor",
        "oversight",
        ground=ground,
        people="特邀监督员",
        day="2024-03-11",
        form="抽查工单",
        findings="一件没有写依据",
        deadline="2024-03-25",
        orders="\n".join(one.number for one in drawn),
    )
    assert entry.basis == [f"{book}:{article}"]
    answered = actions.amend(town.actors["supervisor"], entry.pk, {**entry.values, "response": "已补充并讲评"})
    assert answered.values["response"] == "已补充并讲评"
    assert queries.detail(town.actors["auditor"], entry.pk).orders == sorted(one.number for one in drawn)


@pytest.mark.parametrize(
    ("book", "lines"),
    [
        ("anhui", ["110", "119", "120", "122", "供水", "供电", "供气", "供热"]),
        ("zhuhai", ["110", "120", "119", "应急处理部门内部应急电话专线"]),
        ("neimenggu", ["110", "119", "120", "122", "供水", "供电", "供气", "供暖"]),
        ("lezhi", ["供水", "供电", "供气", "应急处置部门"]),
    ],
)
def test_the_lines_that_the_rules_name_are_asked_for_until_they_are_there(
    under: Under, book: str, lines: list[str]
) -> None:
    town = under(book)
    register = asked.registers_of(asked.book_of(book, dt.date(2024, 3, 11)))["contact"]
    assert queries.lines_missing(town.actors["agent"], register) == lines
    made = file(town, "agent", "contact", name="专线", sort=lines[0], phone="110", always="是", way="三方通话")
    assert queries.lines_missing(town.actors["agent"], register) == lines[1:]
    assert all(one.startswith(f"{book}:") for one in made.basis)
    assert [one.pk for one in queries.near(town.actors["agent"], "", dt.date(2024, 3, 11)).lines] == [made.pk]
    with pytest.raises(Denied):
        file(town, "water", "contact", name="专线", sort=lines[0], phone="110")


def test_parallel_and_merged_lines_keep_their_old_numbers_and_their_owners_meet(under: Under) -> None:
    town = under("changzhi")
    made = [
        file(town, "agent", "line", number="0355-0000001", name="供热热线", mode="整合，原号码转接", owner="住建部门"),
        file(town, "agent", "line", number="12366", name="纳税服务热线", mode="并行接听", sharing="疑难来电互转"),
    ]
    assert [one.basis for one in made] == [["changzhi:2(1)", "changzhi:2(2)"]] * 2
    assert seen(town, "water", "line") == 2
    talk = file(town, "agent", "exchange_log", day="2024-03-08", form="座谈", parties="税务", matter="转接口径")
    assert talk.basis == ["changzhi:4(2)"]


def test_the_bureau_trains_and_units_name_who_handles(under: Under) -> None:
    town = under("lezhi")
    assert file(town, "agent", "training", subject="办件规范", day="2024-03-08").basis == ["lezhi:3"]
    named = file(town, "water", "liaison", name="李敏", duty="工单办理", phone="028-0000001")
    assert named.basis == ["lezhi:3"]
    assert seen(town, "urban", "liaison") == 0
    assert seen(town, "agent", "liaison") == 1


def test_new_fields_are_studied_and_roots_are_treated(under: Under) -> None:
    town = under("lezhi")
    made = file(town, "water", "study", nature="源头治理", matter="二次供水", measures="泵房统一养护", day="2024-03-08")
    assert made.basis == ["lezhi:22(3)", "lezhi:22(4)"]
    assert [one.pk for one in queries.page(town.actors["agent"], "study", Wanted(words="二次供水")).rows] == [made.pk]


def test_public_services_keep_watch_around_the_clock(under: Under) -> None:
    town = under("lezhi")
    night = {"period": "三月", "day": "2024-03-01", "until": "2024-03-31", "person": "值班组", "phone": "028-0000002"}
    made = file(town, "water", "roster", **night, hours="全天24小时", service=["供水", "供气"])
    assert (made.basis, made.due_at) == (["lezhi:24"], None)
    assert [one.pk for one in queries.near(town.actors["agent"], "", dt.date(2024, 3, 11)).duty] == [made.pk]
    assert queries.near(town.actors["agent"], "", dt.date(2024, 4, 1)).duty == []


@pytest.mark.parametrize(("book", "article"), [("anhui", "6(5)"), ("lezhi", "25")])
def test_hotlines_of_other_regions_are_listed_as_partners(under: Under, book: str, article: str) -> None:
    town = under(book)
    made = file(town, "agent", "partner", name="邻市热线", region="邻市", way="区域联动", items="异地养老、医疗报销")
    assert made.basis == [f"{book}:{article}"]
    assert seen(town, "agent", "partner") == 1


def test_a_leading_groups_decision_is_entered_and_followed_up(under: Under) -> None:
    town = under("neimenggu")
    decided = {
        "form": "领导小组会议",
        "day": "2024-03-08",
        "matter": "热线归并",
        "members": "领导小组成员单位",
        "decision": "六月底前完成归并",
        "ground": "会议纪要",
        "level": "上报领导小组",
        "units": [town.units["water"].code],
        "deadline": "2024-06-30",
    }
    made = file(town, "supervisor", "meeting", **decided)
    assert made.basis == ["neimenggu:3", "neimenggu:23"]
    assert (seen(town, "water", "meeting"), seen(town, "urban", "meeting")) == (1, 0)
    reminding.run(at("2024-06-30T08:00"))
    keepers = Audience.objects.filter(kind="register").values_list("address", flat=True)
    assert any(address.startswith("role:supervisor@") for address in keepers)
    done = actions.amend(town.actors["supervisor"], made.pk, {**decided, "result": "已完成"}, note="落实情况")
    assert done.values["result"] == "已完成"


def test_what_a_joint_meeting_cannot_settle_goes_up_level_by_level(under: Under) -> None:
    town = under("zhuhai")
    for level, form in (
        ("管理机构协调", "管理机构协调"),
        ("提交联席会议", "联席会议"),
        ("上报领导小组", "领导小组会议"),
    ):
        made = file(
            town,
            "supervisor",
            "meeting",
            form=form,
            day="2024-03-08",
            matter="井盖由谁管",
            members="各成员单位",
            decision="由水务牵头",
            ground="三定规定",
            level=level,
        )
        assert made.basis == ["zhuhai:5.1", "zhuhai:5.2"]
    levels = [one.values["level"] for one in queries.page(town.actors["agent"], "meeting", Wanted()).rows]
    assert levels == ["上报领导小组", "提交联席会议", "管理机构协调"]


def test_the_regions_hotline_trains_and_exchanges(under: Under) -> None:
    town = under("neimenggu")
    assert file(town, "agent", "training", subject="系统操作", day="2024-03-08").basis == [
        "neimenggu:5(4)",
        "neimenggu:6(5)",
    ]
    talk = file(town, "agent", "exchange_log", day="2024-03-08", form="线上交流", parties="各盟市", matter="并线经验")
    assert talk.basis == ["neimenggu:5(4)"]


def test_units_name_liaisons_and_keep_long_term_mechanisms(under: Under) -> None:
    town = under("neimenggu")
    named = file(town, "water", "liaison", name="乌兰", phone="0471-0000001")
    lasting = file(town, "water", "topic", nature="反映集中", matter="供热温度", plan="测温上门, 每周会商")
    assert (named.basis, lasting.basis) == (["neimenggu:7(4)"], ["neimenggu:7(2)"])
    assert named.unit == lasting.unit == town.units["water"]


def test_a_fault_in_good_faith_is_tolerated_only_when_all_conditions_are_stated(under: Under) -> None:
    town = under("neimenggu")
    told = {
        "ground": "落实民生实事",
        "day": "2024-03-08",
        "facts": "通知晚了半天",
        "by": "领导小组",
        "decision": "不予追责",
    }
    with pytest.raises(Invalid) as caught:
        file(town, "supervisor", "tolerance", "water", **told)
    assert len(caught.value.errors) == 4
    stated = dict.fromkeys(caught.value.errors, "经核实无此情形或已做到")
    made = file(town, "supervisor", "tolerance", "water", **told, **stated)
    assert made.basis == ["neimenggu:25"]


def test_calls_are_sampled_and_marked(under: Under) -> None:
    town = under("zhuhai")
    marks = {"patient": "95", "faithful": "92", "prompt": "88"}
    made = file(town, "supervisor", "call_sample", day="2024-03-08", agent="三号座席", **marks, findings="地点不全")
    assert made.basis == ["zhuhai:9.1"]
    with pytest.raises(Invalid):
        file(town, "supervisor", "call_sample", day="2024-03-08", agent="三号座席", **{**marks, "prompt": "101"})
    assert seen(town, "water", "call_sample") == 0


def test_a_unit_lists_its_items_and_trains_the_hotline(under: Under) -> None:
    town = under("zhuhai")
    listed = file(
        town, "water", "service_item", item="用水报装", place="政务中心", hours="工作日", phone="0756-0000001"
    )
    lesson = file(town, "water", "training", subject="报装流程", day="2024-03-08")
    assert (listed.basis, lesson.basis) == (["zhuhai:6"], ["zhuhai:6"])
    assert seen(town, "agent", "service_item") == 1


def test_sub_centres_are_listed_under_their_official_names(under: Under) -> None:
    town = under("anhui")
    made = file(town, "agent", "sub_centre", name="安徽省12345政务服务便民热线税务分中心", domain="税务", host="税务局")
    assert made.basis == ["anhui:3"]
    assert seen(town, "water", "sub_centre") == 1


def test_a_bodys_own_emergency_line_fits_an_emergency(under: Under) -> None:
    from yixian.supervision import linkage

    town = under("zhuhai")
    file(town, "agent", "contact", name="公安报警", sort="110", phone="110")
    file(town, "agent", "contact", name="应急值班", sort="应急处理部门内部应急电话专线", phone="0756-0000009")
    found = linkage.lines(town.platform.pk, "台风过后小区严重内涝")
    assert [(line.name, line.fits) for line in found] == [("应急值班", True), ("公安报警", False)]

"""Administration of the organisation, calendars, tokens and journals, and the pages around them."""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import Any

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from tests.web.manage_town import Realm, realm, send
from tests.web.reading import page, words
from yixian.lifecycle.commands import COMMANDS, parse
from yixian.orders import actions as orders
from yixian.orders import books, calendar, platforms
from yixian.orders.calendar import Day
from yixian.orders.errors import BadInput
from yixian.orders.models import CalendarDay, Deadline
from yixian.parties import access, credentials
from yixian.parties import actions as parties
from yixian.parties.models import ApiToken, AuditEntry, LoginLog, Unit, UnmaskLog
from yixian.web.pages import manage_calendar

SECTIONS = ("", "tree/", "users/", "calendar/", "tokens/", "tokens/new/", "journal/", "settings/", "users/new/")


@pytest.fixture
def place(quick: None) -> Any:
    yield realm()
    books.forget()
    platforms.forget()


def unit_form(place: Realm, code: str, **more: str) -> dict[str, str]:
    unit = Unit.objects.get(code=code)
    return {
        "name": unit.name,
        "kind": "government",
        "in_assessment": "yes",
        "mandatory": "yes",
        "is_active": "yes",
        **more,
    }


# --- the frame -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_opens_for_its_administrator_within_few_queries(
    place: Realm, section: str, django_assert_max_num_queries: Any
) -> None:
    client = place.enter("east.admin")
    client.get("/manage/")
    with django_assert_max_num_queries(45):
        answer = client.get(f"/manage/{section}")
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store, private"
    assert "None" not in words(answer)
    assert "西港市" not in words(answer)


@pytest.mark.parametrize("section", SECTIONS)
def test_an_auditor_reads_the_journal_and_nothing_else(place: Realm, section: str) -> None:
    wanted = 200 if section == "journal/" else 403
    assert place.enter("east.auditor").get(f"/manage/{section}").status_code == wanted
    assert place.enter("east.agent").get(f"/manage/{section}").status_code == 403


def test_the_home_counts_what_is_to_be_done(place: Realm) -> None:
    parties.create_unit(actor=access.SYSTEM, platform=place.places["east"], code="nobody", name="无人局")
    told = words(place.enter("east.admin").get("/manage/"))
    assert "1 个单位没有在用的账号" in told
    assert "4 个账号从未登录" in told


# --- organisation ----------------------------------------------------------------------------------------------------


def test_the_tree_shows_ones_own_and_finds_by_pinyin(place: Realm) -> None:
    client = place.enter("east.admin")
    assert "东港市水务局" in words(client.get("/manage/tree/"))
    assert "东港市水务局" in words(client.get("/manage/tree/?q=swj"))
    assert "没有名称、代码或拼音相符" in words(client.get("/manage/tree/?q=西港"))
    assert client.get("/manage/tree/?at=west").status_code == 404
    assert client.get("/manage/tree/?at=top").status_code == 404
    above = place.enter("top.admin")
    assert "西港市12345热线" in words(above.get("/manage/tree/?q=xgs"))
    assert "西港市水务局" in words(above.get("/manage/tree/?at=west"))


def test_units_and_platforms_beside_are_not_there(place: Realm) -> None:
    client = place.enter("east.admin")
    for path in (
        "units/west-water/",
        "units/west-water/edit/",
        "platforms/west/",
        "platforms/top/",
        "units/new/?at=west",
    ):
        assert client.get(f"/manage/{path}").status_code == 404
    assert client.post("/manage/units/west-water/edit/", {"name": "夺取", "form_key": "x"}).status_code == 404
    assert client.post("/manage/units/new/", {"platform": "west", "name": "夺取", "code": "x"}).status_code == 404
    assert client.get("/manage/platforms/new/?at=top").status_code == 404


def test_a_unit_is_added_changed_moved_and_taken_out_of_use(place: Realm) -> None:
    client = place.enter("east.admin")
    made = send(client, "/manage/units/new/?at=east", name="供水科<b>", code="supply", duty="供水、排水",
                kind="government", in_assessment="yes", mandatory="yes", parent="")  # fmt: skip
    assert made["Location"] == "/manage/units/supply/"
    assert "<b>" not in page(client.get(made["Location"])).split("<main")[1].replace('<b class="num">', "")
    form = unit_form(place, "supply", name="供水科", parent="east-water", phone="0756-2120000")
    assert send(client, "/manage/units/supply/edit/", **form).status_code == 302
    unit = Unit.objects.get(code="supply")
    assert (unit.path, unit.name, unit.phone) == ("east-water/supply/", "供水科", "0756-2120000")
    assert unit.code in access.actor_of(place.user("east.clerk")).unit_codes
    circle = send(client, "/manage/units/east-water/edit/", **unit_form(place, "east-water", parent="supply"))
    assert circle.status_code == 422
    assert "不能把单位移到它自己" in words(circle)
    form = unit_form(place, "east-water", parent="")
    del form["is_active"]
    refused = send(client, "/manage/units/east-water/edit/", **form)
    assert refused.status_code == 422
    assert "有 1 个在用的账号" in words(refused)
    assert "勾选“已知悉”" in words(refused)
    assert send(client, "/manage/units/east-water/edit/", **form, sure="yes").status_code == 302
    assert not Unit.objects.get(code="east-water").is_active
    assert {"create_unit", "change_unit", "move_unit"} <= set(AuditEntry.objects.values_list("verb", flat=True))


def test_a_colleague_changed_the_unit_first(place: Realm) -> None:
    client = place.enter("east.admin")
    shown = client.get("/manage/units/east-water/edit/")
    kept = {name: re.search(rf'name="{name}" value="([^"]+)"', page(shown)) for name in ("form_key", "seen")}
    parties.change_unit(actor=access.SYSTEM, unit=Unit.objects.get(code="east-water"), name="新名字")
    fields = {name: found[1] for name, found in kept.items() if found}
    answer = client.post(
        "/manage/units/east-water/edit/", {**unit_form(place, "east-water"), "name": "旧页面", **fields}
    )
    assert answer.status_code == 422
    assert "同事已经改过" in words(answer)
    assert Unit.objects.get(code="east-water").name == "新名字"


def test_a_unit_stands_only_for_a_platform_below(place: Realm) -> None:
    station = parties.create_platform(
        actor=access.SYSTEM, code="pier", name="码头工作站", level="station", parent=place.places["east"]
    )
    client = place.enter("east.admin")
    form = unit_form(place, "east-water", parent="")
    assert send(client, "/manage/units/east-water/edit/", **form, represents="west").status_code == 422
    assert send(client, "/manage/units/east-water/edit/", **form, represents="east").status_code == 422
    assert send(client, "/manage/units/east-water/edit/", **form, represents="pier").status_code == 302
    assert Unit.objects.get(code="east-water").represents == station


def test_a_platform_is_added_below_and_its_names_are_changed(place: Realm) -> None:
    client = place.enter("east.admin")
    made = send(client, "/manage/platforms/new/?at=east", name="海湾区热线", code="bay", level="county", book="zhuhai")
    assert made["Location"] == "/manage/tree/?at=bay"
    assert send(client, "/manage/platforms/new/?at=east", name="越级", code="x1", level="province").status_code == 422
    bad = send(client, "/manage/platforms/bay/", name="海湾区热线", division_code="4404ab", is_active="yes")
    assert bad.status_code == 422
    good = send(
        client, "/manage/platforms/bay/", name="海湾区12345", short_name="海湾", division_code="440402", is_active="yes"
    )
    assert good.status_code == 302
    told = words(client.get("/manage/journal/?verb=change_platform"))
    assert "海湾区热线 → 海湾区12345" in told


# --- calendar --------------------------------------------------------------------------------------------------------


def test_the_days_of_a_typed_table() -> None:
    found = manage_calendar.read("2027-01-01至2027-01-03 放假 元旦\n\n2027年1月4日 上班\n2027/2/5 ~ 2027/2/6 休息 春节")
    assert len(found) == 6
    assert (found[0].name, found[3].working, found[5].day) == ("元旦", True, dt.date(2027, 2, 6))
    for wrong in (
        "明天放假",
        "2027-02-30 放假",
        "2027-03-05至2027-03-01 放假",
        "1999-01-01 放假",
        "2027-01-01 放假\n2027-01-01 上班",
    ):
        with pytest.raises(BadInput, match=r"第 [12] 行"):
            manage_calendar.read(wrong)


def waiting_order(place: Realm, year: int) -> str:
    at = int(dt.datetime(year - 1, 12, 28, 10, tzinfo=books.LOCAL).timestamp())
    agent = access.actor_of(place.user("east.agent"))
    told = {"category": "投诉", "text": "路灯坏了三天没有人修, 请处理。", "place": "东港", "channel": "phone",
            "requester": {"name": "王丽", "phone": "13800138000"}}  # fmt: skip
    return orders.handle(None, parse("register", told), agent, platform="east", now=at).order_no


def test_days_are_previewed_then_applied_once_and_open_deadlines_follow(place: Realm) -> None:
    parties.grant_role(
        actor=access.SYSTEM, user=place.user("east.agent"), role="dispatcher", platform=place.places["east"]
    )
    year = max(books.calendar("zhuhai").published_years) + 1
    number = waiting_order(place, year)
    dispatcher = access.actor_of(place.user("east.agent"))
    at = int(dt.datetime(year - 1, 12, 28, 11, tzinfo=books.LOCAL).timestamp())
    orders.handle(number, parse("dispatch", {"lead": "east-water"}), dispatcher, now=at)
    before = Deadline.objects.filter(provisional=True).order_by("clock").first()
    assert before is not None
    client = place.enter("top.admin")
    url = f"/manage/calendar/?book=zhuhai&year={year}"
    typed = {"days": f"{year}-01-01至{year}-01-08 放假 元旦", "source": "国办发明电〔2026〕9 号"}
    form = client.get(url)
    key = re.search(r'name="form_key" value="([^"]+)"', page(form))
    assert key
    preview = client.post(url, {"form_key": key[1], **typed})
    assert number in page(preview)
    assert "确认修改并重算" in words(preview)
    assert CalendarDay.objects.count() == 0
    first, second = (client.post(url, {"form_key": key[1], "step": "apply", **typed}, follow=True) for _ in range(2))
    assert "日历已修改, 重算" in words(first)
    assert second.status_code == 200
    after = Deadline.objects.get(order_id=before.order_id, clock=before.clock)
    assert not after.provisional
    assert after.due_at > before.due_at
    assert CalendarDay.objects.count() == 8
    assert AuditEntry.objects.filter(verb="change_calendar").count() == 1
    shown = words(client.get(url))
    assert "已公布" in shown
    assert "国办发明电〔2026〕9 号" in shown
    gone = {"form_key": key[1], "step": "apply", "days": "", "source": "更正", "remove": f"{year}-01-08"}
    client.post(url, gone)
    assert CalendarDay.objects.count() == 7
    assert books.calendar("zhuhai").day_kind(dt.date(year, 1, 8)) != "法定节假日"


def test_a_calendar_that_others_use_too_is_not_changed_from_below(place: Realm) -> None:
    client = place.enter("east.admin")
    shown = client.get("/manage/calendar/?book=zhuhai")
    assert "由能管理它们全部的系统管理员修改" in words(shown)
    key = re.search(r'name="form_key" value="([^"]+)"', page(shown))
    year = dt.date.today().year + 1
    typed = {"days": f"{year}-05-05 放假", "source": "自定", "step": "apply", "form_key": key[1] if key else "x"}
    answer = client.post("/manage/calendar/?book=zhuhai", {**typed, "form_key": form_key(client)})
    assert answer.status_code == 403
    assert not calendar.may_change(access.actor_of(place.user("east.admin")), "")
    assert CalendarDay.objects.count() == 0
    assert calendar.preview("zhuhai", [Day(dt.date(year, 5, 5), working=False)]).waiting == 0


def form_key(client: Any) -> str:
    found = re.search(r'name="form_key" value="([^"]+)"', page(client.get("/manage/users/new/")))
    assert found
    return found[1]


# --- tokens ----------------------------------------------------------------------------------------------------------


def test_a_token_is_shown_once_and_a_units_system_is_named_by_an_administrator(place: Realm) -> None:
    client = place.enter("east.admin")
    url = "/manage/tokens/new/?user=east.clerk"
    fields = {"user": "east.clerk", "name": "水务系统", "days": "365", "scope": ["read", "reply"], "for_system": "yes"}
    answer = send(client, url, **fields)
    assert answer.status_code == 302
    shown = client.get(answer["Location"])
    found = re.search(r'data-copy="(yx_[^"]+)"', page(shown))
    assert found
    assert found[1] not in page(client.get(answer["Location"]))
    token = ApiToken.objects.get()
    assert (token.of_system, token.issued_by) == (True, "east.admin")
    actor = access.actor_of_token(found[1])
    assert actor is not None
    assert actor.of_system
    assert f"办理: {COMMANDS['reply'].title}" in words(shown)
    revoked = client.post(f"/manage/tokens/{token.pk}/revoke/", {"form_key": form_key(client)}, follow=True)
    assert "已吊销" in words(revoked)
    assert access.actor_of_token(found[1]) is None


def test_tokens_of_others_are_out_of_reach(place: Realm) -> None:
    theirs = credentials.issue_token(actor=access.SYSTEM, user=place.user("west.clerk"), name="西港", scopes=["*"])
    client = place.enter("east.admin")
    assert "西港" not in words(client.get("/manage/tokens/"))
    assert client.post(f"/manage/tokens/{theirs.token.pk}/revoke/", {"form_key": "x"}).status_code == 404
    beside = {"form_key": form_key(client), "user": "west.clerk", "name": "x", "days": "90", "scope": ["*"]}
    for answer in (client.get("/manage/tokens/new/?user=west.clerk"), client.post("/manage/tokens/new/", beside)):
        assert answer.status_code == 422
        assert "不在您的管理范围内" in words(answer)
    own = send(
        client, "/manage/tokens/new/?user=east.agent", user="east.agent", name="x", days="90", scope=["nonsense"]
    )
    assert own.status_code == 422
    assert "没有 nonsense" in words(own)
    system = send(client, "/manage/tokens/new/?user=east.agent", user="east.agent", name="x", days="90", scope=["*"],
                  for_system="yes")  # fmt: skip
    assert "只能签发给承办单位的账号" in words(system)
    assert ApiToken.objects.count() == 1


def test_nobody_calls_themselves_a_system(place: Realm) -> None:
    clerk = place.user("east.clerk")
    with pytest.raises(Exception, match="不能给自己签发"):
        credentials.issue_token(actor=access.actor_of(clerk), user=clerk, name="x", scopes=["*"], for_system=True)


# --- journals --------------------------------------------------------------------------------------------------------


def log(at: dt.datetime, path: str, user_id: int | None, username: str, **more: Any) -> None:
    LoginLog.objects.create(at=at, platform_path=path, user_id=user_id, username=username, success=False,
                            reason="wrong", address=more.get("address", "10.0.0.1"))  # fmt: skip


def test_the_journal_is_searched_and_keeps_to_ones_platforms(place: Realm) -> None:
    now = timezone.now()
    agent, other = place.user("east.agent"), place.user("west.agent")
    log(now - dt.timedelta(days=3), "top/east/", agent.pk, "east.agent", address="10.9.9.9")
    log(now, "top/east/", agent.pk, "east.agent")
    log(now, "top/west/", other.pk, "west.agent")
    UnmaskLog.objects.create(
        at=now,
        user_id=agent.pk,
        username="east.agent",
        platform_path="top/east/",
        what="person",
        ref="00000000-0000-0000-0000-000000000001",
        order_no="T-1",
        reason="电话核实门牌",
    )
    for name in ("east.admin", "east.auditor"):
        client = place.enter(name)
        logins = words(client.get("/manage/journal/?kind=login"))
        assert "east.agent" in logins
        assert "west.agent" not in logins
        assert "密码不对" in logins
    found = words(client.get("/manage/journal/?kind=login&address=10.9.9.9"))
    assert found.count("密码不对") == 1
    day = timezone.localtime(now).date().isoformat()
    assert words(client.get(f"/manage/journal/?kind=login&since={day}&who=agent")).count("密码不对") == 1
    assert "没有符合条件" in words(client.get("/manage/journal/?kind=login&result=ok"))
    assert "电话核实门牌" in words(client.get("/manage/journal/?kind=unmask&about=T-1"))
    assert "没有符合条件" in words(client.get("/manage/journal/?kind=unmask&about=T-2"))
    assert "新建账号" in words(client.get("/manage/journal/?about=east.clerk"))
    for wrong in ("kind=nonsense", "since=yesterday", "since=2026-02-02&until=2026-02-01", "cursor=x"):
        assert client.get(f"/manage/journal/?{wrong}").status_code == 422


def test_a_journal_is_paged_by_key(place: Realm) -> None:
    now = timezone.now()
    agent = place.user("east.agent")
    for number in range(120):
        log(now - dt.timedelta(minutes=number // 2), "top/east/", agent.pk, "east.agent", address=f"10.1.1.{number}")
    client = place.enter("east.auditor")
    seen: list[str] = []
    url = "/manage/journal/?kind=login"
    for _ in range(5):
        text = page(client.get(url))
        seen += re.findall(r"10\.1\.1\.\d+", text)
        onward = re.search(r'href="([^"]+)" rel="next"', text)
        if not onward:
            break
        url = onward[1].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 120


def test_taking_the_journal_out_bears_the_mark_and_is_journaled(place: Realm) -> None:
    parties.change_unit(actor=access.SYSTEM, unit=place.units["east-water"], name="=cmd|' /C calc'!A0")
    client = place.enter("east.auditor")
    answer = client.get("/manage/journal/export.xlsx?verb=change_unit")
    cells = [[cell.value for cell in row] for row in load_workbook(io.BytesIO(b"".join(answer))).active.rows]
    assert cells[0][:3] == ["时间", "人员", "操作"]
    assert "=cmd" in str(cells[1][4])
    assert "导出人: east.auditor同志 (east.auditor)" in str(cells[-1][0])
    assert not any(str(value).startswith("=") for row in cells for value in row)
    text = b"".join(client.get("/manage/journal/export.csv")).decode("utf-8-sig")
    assert "west" not in text
    kept = AuditEntry.objects.filter(verb="export_journal").order_by("id")
    assert [entry.after["type"] for entry in kept] == ["xlsx", "csv"]
    assert kept[0].after["filters"] == {"verb": "change_unit"}
    assert client.get("/manage/journal/export.pdf").status_code == 404
    assert place.enter("east.agent").get("/manage/journal/export.csv").status_code == 403

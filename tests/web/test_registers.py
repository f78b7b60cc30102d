"""The registers' pages: what is asked and owed, filing with mistakes kept, lists, files, look-up, permissions."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from tests.web import seed
from tests.web.conftest import In
from tests.web.reading import words as words_of
from yixian.orders import clock
from yixian.registers.models import Entry

WORKS = {
    "work": "停水", "day": "2023-10-16", "until": "2023-10-20", "place": "香洲区翠微西路 188 号", "length": "5 天",
    "scope": "翠微西路至翠景路管段", "responsible": "市供水公司", "person": "李工", "phone": "0756-2100000",
}  # fmt: skip
TALK = {"means": "约谈", "ground": "不当退单", "day": "2023-09-20", "facts": "同一工单退回三次"}


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone(timedelta(hours=8))).timestamp())


@pytest.fixture(autouse=True)
def autumn(request: pytest.FixtureRequest) -> Iterator[None]:
    """Before National Day 2023; after it where orders of the weeks before are wanted."""
    with clock.use(at("2023-10-10T10:00" if "busy" in request.fixturenames else "2023-09-20T10:00")):
        yield


def said(answer: Any) -> str:
    return str(answer.content.decode())


def whole(answer: Any) -> bytes:
    """A file, which streams."""
    return b"".join(answer.streaming_content)


def key_in(page: str) -> str:
    return page.split('name="form_key" value="')[1].split('"')[0]


def file(client: Any, kind: str, values: dict[str, Any]) -> Any:
    key = key_in(said(client.get(f"/registers/{kind}/new/")))
    return client.post(f"/registers/{kind}/new/", {**values, "form_key": key})


def test_the_index_names_what_the_rules_ask_for_with_articles_and_what_is_owed(town: seed.Town, enter: In) -> None:
    page = said(enter("supervisor").get("/registers/"))
    for words in ("值班表", "施工告知", "专职人员变动备案", "约谈、通报与追责", "第二十条第二款", "第十五条"):
        assert words in page
    assert "中秋、国庆节值班表: 8 个单位还没有报送" in page
    mine = said(enter("water-clerk").get("/registers/"))
    assert "请在 2023 年 9 月 27 日 周三 24:00 前报送" in mine
    assert "8 个单位" not in mine


def test_a_unit_files_works_and_agents_find_them(town: seed.Town, enter: In) -> None:
    unit = enter("water-clerk")
    answer = file(unit, "works", WORKS)
    entry = Entry.objects.get()
    assert answer.headers["Location"] == f"/registers/works/{entry.pk}/"
    assert entry.unit is not None
    assert (entry.unit.code, entry.late) == ("water", False)
    agent = enter("agent")
    assert "香洲区翠微西路 188 号" in said(agent.get("/registers/works/"))
    detail = said(agent.get(f"/registers/works/{entry.pk}/"))
    assert "市供水公司" in detail
    assert "作废这条登记" not in detail
    with clock.use(at("2023-10-17T10:00")):
        assert "停水" in said(agent.get("/registers/near/?place=翠微西路 190 号"))
        assert "没有登记的施工" in said(agent.get("/registers/near/?place=金湾机场"))


def test_mistakes_are_said_at_their_fields_and_what_was_typed_stays(town: seed.Town, enter: In) -> None:
    answer = file(enter("water-clerk"), "works", {**WORKS, "day": "2023-13-01", "phone": "无", "scope": ""})
    page = said(answer)
    assert answer.status_code == 422
    for words in ("开始日期写法不对", "联系电话应是电话号码", "请填写施工范围", "香洲区翠微西路 188 号"):
        assert words in page
    assert not Entry.objects.exists()


def test_agents_are_shown_the_works_near_the_place_while_they_register(town: seed.Town, enter: In) -> None:
    page = said(enter("agent").get("/agent/"))
    assert 'hx-get="/registers/near/" hx-trigger="load, change from:#f-place"' in page
    assert 'id="f-place"' in page


def test_the_same_form_files_one_entry(town: seed.Town, enter: In) -> None:
    client = enter("water-clerk")
    key = key_in(said(client.get("/registers/works/new/")))
    answers = [client.post("/registers/works/new/", {**WORKS, "form_key": key}) for _ in range(2)]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    other = client.post("/registers/works/new/", {**WORKS, "place": "别处", "form_key": key})
    assert other.status_code == 409
    assert "已经提交过" in said(other)
    assert Entry.objects.count() == 1


def test_a_late_filing_is_marked_and_its_article_shown(town: seed.Town, enter: In) -> None:
    client = enter("water-clerk")
    file(client, "works", {**WORKS, "day": "2023-09-22"})
    page = said(client.get("/registers/works/"))
    assert '<span class="chip red">逾期</span>' in page
    assert "第二十条第二款" in said(client.get(f"/registers/works/{Entry.objects.get().pk}/"))


def test_amending_keeps_the_former_words_and_voiding_needs_a_reason(town: seed.Town, enter: In) -> None:
    client = enter("water-clerk")
    file(client, "works", WORKS)
    entry = Entry.objects.get()
    here = f"/registers/works/{entry.pk}/"
    form = said(client.get(here + "edit/"))
    assert 'value="2023-10-16"' in form
    changed = {**WORKS, "length": "8 天", "note": "暴雨顺延", "seen": "1", "form_key": key_in(form)}
    client.post(here + "edit/", changed)
    page = said(client.get(here))
    assert "<del>5 天</del> 8 天" in page
    assert "暴雨顺延" in page
    assert client.post(here + "edit/", changed).status_code == 409
    assert client.post(here, {"reason": " "}).status_code == 422
    client.post(here, {"reason": "施工取消"})
    assert "作废" in said(client.get(here))
    assert Entry.objects.get().status == "void"


def test_roles_see_and_do_what_is_theirs(town: seed.Town, enter: In) -> None:
    keeper = enter("supervisor")
    file(keeper, "accountability", {**TALK, "unit": "water"})
    entry = Entry.objects.get()
    assert "不当退单" in said(enter("water-clerk").get(f"/registers/accountability/{entry.pk}/"))
    assert enter("housing-clerk").get(f"/registers/accountability/{entry.pk}/").status_code == 404
    for who in ("agent", "auditor", "water-clerk"):
        assert enter(who).get("/registers/accountability/new/").status_code == 403
    assert enter("water-clerk").get(f"/registers/accountability/{entry.pk}/edit/").status_code == 403
    assert enter("water-clerk").get("/registers/sample/").status_code == 403
    assert enter("auditor").get("/registers/sample/").status_code == 200


def test_lists_go_out_as_tables_that_run_no_formula(town: seed.Town, enter: In) -> None:
    client = enter("water-clerk")
    file(client, "works", {**WORKS, "person": "=cmd|' /C calc'!A0"})
    csv = whole(client.get("/registers/works/export.csv")).decode("utf-8-sig")
    assert csv.splitlines()[0].startswith("编号,单位,作业,开始日期")
    assert "'=cmd" in csv
    sheet = load_workbook(io.BytesIO(whole(client.get("/registers/works/export.xlsx")))).active
    assert sheet is not None
    columns = [list(column)[:2] for column in zip(*sheet.iter_rows(values_only=True), strict=True)]
    assert ["地点", "香洲区翠微西路 188 号"] in columns
    assert client.get("/registers/works/export.exe").status_code == 404


def test_a_file_is_kept_with_an_entry(town: seed.Town, enter: In) -> None:
    client = enter("water-clerk")
    file(client, "works", WORKS)
    here = f"/registers/works/{Entry.objects.get().pk}/"
    notice = SimpleUploadedFile("告知.txt", "停水告知".encode(), "text/plain")
    assert client.post(here, {"file": notice}).status_code == 302
    page = said(enter("agent").get(here))
    assert "告知.txt" in page
    link = page.split(f'href="{here}files/')[1].split("/")[0]
    assert enter("agent").get(f"{here}files/{link}/").content.decode() == "停水告知"


@pytest.mark.parametrize(
    "address",
    [
        "/registers/nothing/",
        "/registers/nothing/new/",
        "/registers/works/999999999/",
        "/registers/works/999999999/edit/",
        "/registers/<b>/",
    ],
)
def test_what_is_not_there_is_said_so(town: seed.Town, enter: In, address: str) -> None:
    assert enter("supervisor").get(address).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "?status=x",
        "?cursor=a",
        "?cursor=1.1.1",
        "?q=%00",
        "?cursor=99999999999999999999.1",
        "?unit=%27%22&late=1&now=1",
    ],
)
def test_strange_addresses_break_nothing(town: seed.Town, enter: In, query: str) -> None:
    assert enter("supervisor").get("/registers/works/" + query).status_code in (200, 422)


@pytest.mark.parametrize(
    "query", ["?first=x", "?size=99999", "?size=-1", "?first=2020-01-01&last=2026-01-01", "?seed=%00"]
)
def test_a_sample_beyond_reason_is_refused_in_words(town: seed.Town, enter: In, query: str) -> None:
    answer = enter("supervisor").get("/registers/sample/" + query)
    assert answer.status_code in (200, 422)
    assert "抽取" in said(answer)


def test_overseers_sheets_open_and_print(busy: seed.Town, enter: In) -> None:
    client = enter("supervisor")
    page = said(client.get("/registers/sample/?first=2023-09-02&last=2023-10-10&size=20"))
    assert "抽样单" in page
    sheets = said(client.get("/registers/sample/?first=2023-09-02&last=2023-10-10&size=20&sheets=1"))
    assert "监督意见" in sheets
    assert "王丽华" not in sheets


def test_every_register_of_the_table_opens_and_its_form_too(town: seed.Town, enter: In) -> None:
    from yixian.registers.asked import KINDS

    client = enter("supervisor")
    for code, kind in KINDS.items():
        page = client.get(f"/registers/{code}/")
        assert page.status_code == 200
        assert kind.purpose in said(page)
        if kind.fields:
            assert client.get(f"/registers/{code}/new/").status_code == 200


def test_a_list_asks_the_same_questions_however_long_it_is(
    town: seed.Town, enter: In, django_assert_max_num_queries: Any
) -> None:
    client = enter("water-clerk")
    for number in range(12):
        file(client, "works", {**WORKS, "place": f"人民东路 {number} 号"})
    client.get("/registers/works/")
    with django_assert_max_num_queries(26):
        client.get("/registers/works/")


def test_words_of_others_are_only_words(town: seed.Town, enter: In) -> None:
    client = enter("water-clerk")
    file(client, "works", {**WORKS, "place": "<script>alert(1)</script>"})
    with clock.use(at("2023-10-17T10:00")):
        for address in (
            "/registers/works/",
            f"/registers/works/{Entry.objects.get().pk}/",
            "/registers/near/?place=script",
        ):
            assert "<script>alert" not in said(client.get(address))


def test_an_orders_page_shows_and_offers_the_registers(busy: seed.Town, enter: In) -> None:
    client, number = enter("supervisor"), busy.orders["handling"]
    assert f'hx-get="/registers/of/{number}/"' in said(client.get(f"/orders/{number}/"))
    part = said(client.get(f"/registers/of/{number}/"))
    assert f"/registers/accountability/new/?orders={number}" in part
    form = said(client.get(f"/registers/accountability/new/?orders={number}"))
    assert number in form
    answer = client.post(
        "/registers/accountability/new/", {**TALK, "unit": "water", "orders": number, "form_key": key_in(form)}
    )
    assert answer.status_code == 302
    assert "约谈 不当退单" in said(client.get(f"/registers/of/{number}/"))
    assert "约谈 不当退单" in said(enter("water-clerk").get(f"/registers/of/{number}/"))
    assert "约谈" not in said(enter("housing-clerk").get(f"/registers/of/{number}/"))


def test_a_units_leader_files_secrecy_requirements_and_others_may_not(town: seed.Town, enter: In) -> None:
    leader = enter("water-clerk")
    assert leader.get("/registers/secrecy/new/").status_code == 200
    wrong = leader.post("/registers/secrecy/new/", {"requirement": "管网图纸不外传", "until": "明年"})
    assert wrong.status_code == 422
    assert "管网图纸不外传" in said(wrong)
    leader.post("/registers/secrecy/new/", {"requirement": "管网图纸不外传", "until": ""})
    assert "管网图纸不外传" in said(enter("supervisor").get("/registers/secrecy/"))
    assert "管网图纸" not in said(enter("housing-clerk").get("/registers/secrecy/"))
    for who in ("agent", "housing-clerk", "supervisor"):
        assert enter(who).get("/registers/secrecy/new/").status_code == 403


def test_pages_speak_chinese_and_hold_no_script(town: seed.Town, enter: In) -> None:
    from yixian.registers.asked import KINDS

    client = enter("supervisor")
    paths = ["/registers/", "/registers/sample/", "/registers/near/?place=东路"]
    paths += [f"/registers/{code}/" for code in KINDS]
    paths += [f"/registers/{code}/new/" for code, kind in KINDS.items() if kind.fields]
    for path in paths:
        answer = client.get(path)
        keys = {"Ctrl", "Enter", "Esc", "F1", "j", "k", "x"}
        found = set(re.findall(r"[A-Za-z][A-Za-z0-9_]*", words_of(answer))) - keys
        assert not found, f"{path}: {found}"
        assert not re.search(r"\sstyle=|<style|<script(?![^>]* src=)|\son[a-z]+=", said(answer))


def test_where_units_are_many_they_are_looked_up_and_a_name_is_as_good_as_a_code(
    town: seed.Town, enter: In, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yixian.web.present.registers.MOST_LISTED", 2)
    supervisor = enter("supervisor")
    page = said(supervisor.get("/registers/accountability/new/"))
    assert 'data-picker="/units/find/?"' in page
    assert page.count("<option") < 60
    unit = town.units["water"]
    answer = file(supervisor, "accountability", {**TALK, "unit": [unit.name, ""]})
    assert answer.status_code == 302
    assert Entry.objects.get().unit == unit
    wrong = said(file(supervisor, "accountability", {**TALK, "unit": "没有这个局"}))
    assert 'value="没有这个局"' in wrong

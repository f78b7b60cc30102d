"""The rulebooks as pages: the shelf, a book by parameter and by article, one article played live, two side by side."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client

from tests.web.conftest import In
from tests.web.reading import words
from tests.web.seed import Town
from yixian.orders import books as shelf
from yixian.rulebook import Library
from yixian.scenario import showing
from yixian.scenario.clauses import load, names
from yixian.web.pages import rulebook

CITY = """
jurisdiction: {code: "994100", name: 让市, level: city, parent: "994000"}
document: {title: 让市机制, effective: unknown, yields_to: {value: province, basis: 前言}}
extends: national
"""
PROVINCE = """
jurisdiction: {code: "994000", name: 让省, level: province}
document: {title: 让省办法, effective: {value: 2025-06-01, basis: "40"}}
extends: national
"""


@pytest.mark.django_db
def test_law_is_public_and_the_old_addresses_lead_to_the_new() -> None:
    client = Client()
    for path in (
        "/rulebooks/",
        "/rulebooks/zhuhai/",
        "/rulebooks/zhuhai/10",
        "/rulebooks/zhuhai/10/",
        "/rulebooks/compare/?a=zhuhai&b=lezhi",
    ):
        assert client.get(path).status_code == 200, path
    assert client.get("/rulebook/").headers["Location"] == "/rulebooks/"
    assert client.get("/rulebook/lezhi/").headers["Location"] == "/rulebooks/lezhi/"
    for path in ("/rulebooks/nowhere/", "/rulebooks/zhuhai/999", "/rulebooks/compare/?a=zhuhai&b=nowhere",
                 "/rulebooks/zhuhai/?v=1999-01-01"):  # fmt: skip
        assert client.get(path).status_code == 404, path


def test_those_who_work_here_see_them_inside_their_desk(town: Town, enter: In) -> None:
    text = words(enter("supervisor").get("/rulebooks/"))
    assert "珠海办法" in text
    assert "我的账号" in text
    assert "我的账号" not in words(Client().get("/rulebooks/"))


@pytest.mark.django_db
def test_an_article_shows_what_it_asks_its_parameters_and_its_scenarios_played_now() -> None:
    text = words(Client().get("/rulebooks/zhuhai/10.3"))
    assert "第十条第三款" in text
    assert "到期当天黄牌" in text  # the parameter
    assert "条文" in text
    assert "已示例" in text  # the clause
    assert re.search(r"逐个走了一遍: \d+ 个相符", text)
    assert "不符" not in text
    assert "显示红牌" in text  # a step's outcome
    whole, part = (words(Client().get(f"/rulebooks/zhuhai/{number}")) for number in ("10", "10.4"))
    assert "第十条第四款" in whole
    assert "退单" in part
    assert "第十一条" in part  # the next article of the paper


@pytest.mark.django_db
def test_notes_of_annexes_and_prefaces_have_pages_too() -> None:
    text = words(Client().get("/rulebooks/lezhi/附件2.注2"))
    assert "附件2注2" in text
    assert "脱敏" in text
    assert "前言" in words(Client().get("/rulebooks/changzhi/前言"))
    anhui = words(Client().get("/rulebooks/anhui/37"))
    assert "解释机关" in anhui
    assert "安徽省人民政府办公厅" in anhui
    assert "皖政办秘〔2021〕65号" in words(Client().get("/rulebooks/anhui/1"))


@pytest.mark.django_db
@pytest.mark.parametrize("name", names())
def test_every_article_of_the_five_papers_has_a_page(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(showing, "root", lambda: None)  # what they show is played in the other tests
    client = Client()
    for article in load(name).articles:
        assert client.get(f"/rulebooks/{name}/{article}").status_code == 200, article
    text = words(client.get(f"/rulebooks/{name}/?by=article"))
    assert "项参数" in text


@pytest.mark.django_db
def test_without_the_projects_folder_the_page_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert showing.root(tmp_path) is None
    monkeypatch.setattr(showing, "root", lambda: None)
    text = words(Client().get("/rulebooks/zhuhai/10.3"))
    assert "这里只装了程序包" in text
    assert "到期当天黄牌" in text


@pytest.mark.django_db
def test_a_scenario_that_fails_is_shown_as_failing_with_what_was_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "scenarios" / "zhuhai"
    folder.mkdir(parents=True)
    (folder / "wrong.yaml").write_text(
        "rulebook: zhuhai\ntitle: 写错了的场景\nclauses: ['10.3']\nsteps:\n"
        "  - at: 2026-11-23T10:00\n    do: register\n"
        "    with: {category: 咨询, channel: phone, text: 例, requester: {phone: '13800000000'}}\n"
        "    expect: {state: handling}\n"
        "  - at: 2026-11-23T10:10\n    do: sign\n    by: 市某局\n",
        encoding="utf-8",
    )
    (folder / "no_scenario.yaml").write_text("rulebook: zhuhai\nsteps: [", encoding="utf-8")
    monkeypatch.setattr(showing, "root", lambda: tmp_path)
    text = words(Client().get("/rulebooks/zhuhai/10.3"))
    assert "写错了的场景" in text
    assert "1 个中有不符的" in text
    assert "办理中, 实际: 待受理" in text
    assert "应当准许, 实际" in text


@pytest.mark.django_db
def test_two_books_side_by_side_with_their_differences_first() -> None:
    text = words(Client().get("/rulebooks/compare/?a=zhuhai&b=lezhi"))
    assert text.index("第二个工作日起算") < text.index("处相同")
    assert "珠海办法 第二十二条" in text
    assert "乐至办法" in text
    assert re.search(r"共 \d+ 处不同, \d+ 处相同", text)
    alone = words(Client().get("/rulebooks/compare/?a=zhuhai&b=zhuhai"))
    assert "两部规则的参数完全相同" in alone


def test_a_book_that_yields_says_so_on_the_shelf_and_on_its_page(
    db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, day, body in (("city", "undated", CITY), ("above", "2025-06-01", PROVINCE)):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{day}.yaml").write_text(body, encoding="utf-8")
    library = Library.load([tmp_path])
    monkeypatch.setattr(shelf, "_shelf", library)
    monkeypatch.setattr(shelf, "_looked", float("inf"))
    assert rulebook.books.library() is library
    for path in ("/rulebooks/", "/rulebooks/city/"):
        text = words(Client().get(path))
        assert "《让省办法》自 2025-06-01 起施行, 两者都有规定的以它为准" in text, path
    assert "让位于上级" in words(Client().get("/rulebooks/"))


def test_a_child_looser_than_its_parent_is_told_where_two_are_compared(
    db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "hefei").mkdir()
    (tmp_path / "hefei" / "2024-01-01.yaml").write_text(
        'jurisdiction: {code: "340100", name: 合肥市, level: city, parent: "340000"}\n'
        "document: {title: 合肥细则, effective: 2024-01-01}\nextends: anhui\n"
        "extension: {max_times: {value: 5, local: true}}\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(shelf, "_shelf", Library.load([tmp_path]))
    monkeypatch.setattr(shelf, "_looked", float("inf"))
    text = words(Client().get("/rulebooks/compare/?a=anhui&b=hefei"))
    assert "比上级规则书 anhui 宽: 可延期 5 次, 上级 2 次" in text


def test_the_shelf_says_from_when_the_next_version_applies(
    db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "city").mkdir()
    for day in ("2024-01-01", "2059-07-01"):
        place = 'jurisdiction: {code: "340100", name: 某市, level: city}'
        body = f"{place}\ndocument: {{title: 某办法, effective: {day}}}\n"
        (tmp_path / "city" / f"{day}.yaml").write_text(body, encoding="utf-8")
    monkeypatch.setattr(shelf, "_shelf", Library.load([tmp_path]))
    monkeypatch.setattr(shelf, "_looked", float("inf"))
    text = words(Client().get("/rulebooks/"))
    assert "2024-01-01 现行有效" in text
    assert "新版 2059-07-01 起施行" in text

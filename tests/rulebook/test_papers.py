"""The paper itself: what it rests on, who interprets it, what hotlines are called; and the smaller new keys."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from tests.rulebook.books import Shelf
from yixian.rulebook import Library, Rulebook
from yixian.rulebook.present import lines

DAY = dt.date(2026, 11, 23)


@pytest.fixture(scope="module")
def library() -> Library:
    return Library.load()


def book(library: Library, name: str) -> Rulebook:
    found = library.version(name, DAY).book
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("anhui", ["国办发〔2020〕53号", "皖政办秘〔2021〕65号"]),
        ("lezhi", ["国办发〔2020〕53号", "川办函〔2022〕16号", "资府办函〔2022〕69号"]),
        ("zhuhai", ["国办发〔2020〕53号", "粤办函〔2022〕230号"]),
    ],
)
def test_a_book_names_the_papers_it_rests_on(library: Library, name: str, numbers: list[str]) -> None:
    found = book(library, name)
    assert [paper.number for paper in found.document.bases] == numbers
    assert {paper.basis for paper in found.document.bases} == {(f"{name}:1",)}
    levels = [paper.level for paper in found.document.bases]
    assert levels == ["national", "province", "city"][: len(levels)]
    shown = {line.path: line.value for line in lines(found)}
    assert numbers[-1] in shown[f"document.bases[{len(numbers) - 1}]"]


@pytest.mark.parametrize(
    ("name", "who", "article"),
    [
        ("anhui", "安徽省人民政府办公厅", "37"),
        ("neimenggu", "内蒙古自治区政务服务局", "28"),
        ("zhuhai", "珠海市政务服务数据管理局", "23"),
    ],
)
def test_a_book_names_who_interprets_it(library: Library, name: str, who: str, article: str) -> None:
    interpreter = book(library, name).document.interpreter
    assert interpreter is not None
    assert (interpreter.value, interpreter.basis) == (who, (f"{name}:{article}",))


def test_anhui_names_the_province_every_city_and_five_sub_centres(library: Library) -> None:
    names = book(library, "anhui").names
    assert names.full is not None
    assert names.full.basis == ("anhui:3",)
    assert names.of("安徽省", "安徽省") == ("安徽省12345政务服务便民热线", "省12345热线")
    assert names.of("合肥市", "安徽省") == ("合肥市12345政务服务便民热线", "合肥市12345热线")
    assert names.sub_centres is not None
    assert [word.removeprefix("安徽省12345政务服务便民热线") for word in names.sub_centres.value] == [
        "海关分中心",
        "税务分中心",
        "烟草分中心",
        "移民分中心",
        "邮政业分中心",
    ]


def test_a_city_below_is_named_by_the_provinces_pattern_and_cites_it(shelf: Shelf) -> None:
    shelf.put(
        "hefei",
        'jurisdiction: {code: "340100", name: 合肥市, level: city, parent: "340000"}\n'
        "document: {title: 合肥细则, effective: 2024-01-01}\nextends: anhui\n",
        head=False,
    )
    shelf.put("overlay", "document: {title: 省里的试点, effective: 2024-01-01}\nextends: anhui\n", head=False)
    library = shelf.library()
    hefei, overlay = book(library, "hefei").names, book(library, "overlay").names
    assert hefei.full is not None
    assert hefei.short is not None
    assert (hefei.full.value, hefei.full.basis) == ("合肥市12345政务服务便民热线", ("anhui:3",))
    assert hefei.short.value == "合肥市12345热线"
    assert hefei.sub_centres is None
    assert overlay.full is not None
    assert overlay.full.value == "安徽省12345政务服务便民热线"  # the same place keeps its own name


def test_the_smaller_keys_of_the_five_books(library: Library) -> None:
    anhui, lezhi, zhuhai, changzhi, neimenggu = (
        book(library, name) for name in ("anhui", "lezhi", "zhuhai", "changzhi", "neimenggu")
    )
    assert anhui.sign_off_before is not None
    assert (anhui.sign_off_before.value, anhui.sign_off_before.basis) == (("handling", "reply"), ("anhui:24",))
    assert set(anhui.sign_off) == {"重点", "一般"}
    assert lezhi.review.inside is not None
    assert (lezhi.review.inside.value, lezhi.review.inside.basis) == (True, ("lezhi:7.1",))
    assert lezhi.dispatch.transports is not None
    assert lezhi.dispatch.transports.value == ("12345平台", "协同办公网")
    assert lezhi.intake.priority is not None
    assert "农民工工资" in lezhi.intake.priority.value
    assert lezhi.explanations is not None
    assert lezhi.explanations.basis == ("lezhi:7(6)", "lezhi:10")
    assert lezhi.screening is not None
    assert lezhi.screening.cut_off is not None
    assert lezhi.screening.cut_off.local
    assert zhuhai.intake.duties is not None
    assert (len(zhuhai.intake.duties.value), zhuhai.intake.duties.basis) == (3, ("zhuhai:9.2",))
    assert {"passive", "weak"} <= {row.key for row in zhuhai.supervision}
    assert changzhi.explanations is not None
    assert changzhi.explanations.basis == ("changzhi:3(3)",)
    found = {row.trigger: row for row in neimenggu.supervision if row.trigger != "manual"}
    assert {"returns", "co_overdue"} <= set(found)
    assert {found[word].mode for word in ("returns", "co_overdue")} == {"propose"}
    assert found["returns"].reading


@pytest.mark.parametrize(
    ("body", "path", "words"),
    [
        ("names: {ful: 某热线}", "names.ful", "full"),
        ("names: {below: {full: 市热线}}", "names.below.full", "{name}"),
        ("document: {bases: [{number: 一号}]}", "document.bases[0]", "title"),
        ("document: {bases: [{title: 某, level: town}]}", "document.bases[0].level", "county"),
        ("document: {interprter: 某局}", "document.interprter", "interpreter"),
        ("intake: {priorities: [噪音]}", "intake.priorities", "priority"),
        ("dispatch: {transports: {vale: [平台]}}", "dispatch.transports.vale", "value"),
        ("sign_off: {before: [hadling]}", "sign_off.before", "handling"),
        ("review: {inside: 是}", "review.inside", "true 或 false"),
        ("screening: {cut_off: 3 days}", "screening.cut_off", "10d"),
        ("explanation: [超出政策]", "explanation", "explanations"),
        ("supervision: [{key: a, trigger: return}]", "supervision[0].trigger", "returns"),
    ],
)
def test_a_slip_in_the_new_keys_is_told_with_its_path_and_remedy(
    shelf: Shelf, body: str, path: str, words: str
) -> None:
    shelf.put("a", body + "\n", head=False)
    assert [one for one in shelf.errors("a") if one[0] == path and words in one[1]], shelf.errors("a")


def test_what_people_read_of_a_book_is_chinese(library: Library) -> None:
    """No key, pattern or code of the language stands where an official reads a value."""
    told = [
        (name, line.path, line.value)
        for name in library.names()
        for line in lines(book(library, name))
        if not line.path.startswith(("stages.", "sources"))
    ]
    assert [one for one in told if re.search(r"[A-Za-z_]{2,}|[{}\\]", one[2])] == []

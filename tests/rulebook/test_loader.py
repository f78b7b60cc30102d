"""Loading books: leaves and their sources, inheritance, selectors, calendars of a place."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.rulebook.books import Shelf
from yixian.rulebook import Duration, RulebookError

DAY = dt.date(2024, 6, 1)


def test_plain_leaves_take_the_basis_beside_them(shelf: Shelf) -> None:
    shelf.put(
        "a",
        """
        counting: {start: moment, basis: "5"}
        clocks:
          reply: {owner: unit, starts: dispatched, stops: replied, basis: "7", limits: [
            {when: {category: 咨询}, limit: 2wd}, {when: {}, limit: 5wd, basis: ["7.2", "8(1)"]}]}
        extension:
          basis: "9"
          max_times: {value: 2, reading: 按次数理解, waiver: manager}
          requires: reason
        """,
    )
    book = shelf.library().version("a", DAY).book
    assert book is not None
    assert book.counting.start.basis == ("a:5",)
    assert [row.basis for row in book.clocks["reply"].limits] == [("a:7",), ("a:7.2", "a:8(1)")]
    assert book.clocks["reply"].stops.value == ("replied",)
    assert book.extension is not None
    assert book.extension.max_times.basis == ()
    assert (book.extension.max_times.origin, book.extension.max_times.waiver) == ("解释", "manager")
    assert (book.extension.requires.value, book.extension.requires.basis) == (("reason",), ("a:9",))
    # what nobody wrote is a neutral default, marked as the adopter's own
    assert (book.counting.end.value, book.counting.end.local) == ("midnight", True)
    assert book.counting.hours.value == ((540, 720), (780, 1020))


def test_articles_keep_their_digits(shelf: Shelf) -> None:
    shelf.put("a", "clocks: {reply: {owner: unit, starts: dispatched, stops: replied, limit: 1wd, basis: 10.10}}\n")
    book = shelf.library().version("a", DAY).book
    assert book is not None
    assert next(iter(book.clocks["reply"].limits)).basis == ("a:10.10",)


def test_a_child_replaces_whole_leaves_and_keeps_the_parents_articles(shelf: Shelf) -> None:
    shelf.put(
        "parent",
        """
        counting: {start: {value: next_day, basis: "3"}, end: {value: close_of_business, basis: "4"}}
        clocks:
          reply:
            {owner: unit, starts: dispatched, stops: [replied], limits: [{when: {item: a}, limit: 3wd}], basis: 7}
          return: {owner: unit, starts: dispatched, stops: [signed], limit: 2wd, basis: "8"}
        stages: {reply: "12", sign: "8"}
        """,
    )
    shelf.put(
        "child",
        """
        extends: parent
        counting: {start: {value: moment, reading: 自派单之时}}
        clocks: {reply: {limit: 1wd, basis: "2"}}
        stages: {reply: "5"}
        """,
    )
    book = shelf.library().version("child", DAY).book
    assert book is not None
    assert (book.counting.start.value, book.counting.start.basis, book.counting.start.book) == ("moment", (), "child")
    assert (book.counting.end.basis, book.counting.end.book) == (("parent:4",), "parent")
    assert [(row.limit, row.basis) for row in book.clocks["reply"].limits] == [(Duration("wd", 1), ("child:2",))]
    assert [row.basis for row in book.clocks["return"].limits] == [("parent:8",)]
    assert (book.stage("reply"), book.stage("sign")) == (("child:5",), ())
    assert book.lineage == ("child", "parent")


def test_limits_replace_a_parents_limit(shelf: Shelf) -> None:
    shelf.put(
        "parent", 'clocks: {reply: {owner: unit, starts: dispatched, stops: [replied], limit: 5wd, basis: "7"}}\n'
    )
    shelf.put(
        "child", 'extends: parent\nclocks: {reply: {limits: [{when: {category: 咨询}, limit: 2wd, basis: "1"}]}}\n'
    )
    book = shelf.library().version("child", DAY).book
    assert book is not None
    assert len(book.clocks["reply"].limits) == 1
    assert book.clocks["reply"].limits.match({"category": ("投诉",)}) is None


def test_most_keys_win_then_file_order(shelf: Shelf) -> None:
    shelf.put(
        "a",
        """
        clocks:
          reply:
            owner: unit
            starts: dispatched
            stops: replied
            limits:
              - {when: {channel: web}, limit: 1wd, basis: "1"}
              - {when: {category: [投诉, 举报]}, limit: 2wd, basis: "2"}
              - {when: {category: 投诉, emergency: any}, limit: 3wd, basis: "3"}
              - {when: {}, limit: 4wd, basis: "4"}
        """,
    )
    book = shelf.library().version("a", DAY).book
    assert book is not None
    table = book.clocks["reply"].limits

    def limit(**attributes: str) -> int:
        row = table.match({key: (value,) for key, value in attributes.items()})
        assert row is not None
        return row.limit.amount

    assert limit(category="投诉", channel="web") == 1
    assert limit(category="投诉", channel="web", emergency="any") == 3
    assert limit(category="举报") == 2
    assert limit(category="咨询") == 4


def test_values_without_a_source_are_noted_not_refused(shelf: Shelf) -> None:
    shelf.put("a", "counting: {start: moment}\nclocks: {reply: {owner: unit, starts: dispatched, limit: 5wd}}\n")
    found = shelf.library().findings("a")
    assert {(one.kind, one.path) for one in found} == {
        ("unsourced", "counting.start"),
        ("unsourced", "clocks.reply.limit"),
    }


def test_selector_values_are_text(shelf: Shelf) -> None:
    shelf.put(
        "a",
        "clocks: {reply: {limits: [{when: {statutory: true, item: 007}, limit: 1wd, local: true}]}}\n",
    )
    book = shelf.library().version("a", DAY).book
    assert book is not None
    assert book.clocks["reply"].limits.match({"statutory": ("true",), "item": ("007",)}) is not None


def test_thousands_of_item_rows_load_fast_and_match(shelf: Shelf) -> None:
    rows = "".join(
        f'      - {{when: {{category: 投诉, item: "{n}"}}, limit: {n % 20 + 1}wd, basis: "1"}}\n' for n in range(3000)
    )
    shelf.put("a", "")
    file = shelf.folder / "a" / "2024-01-01.yaml"
    file.write_text(
        file.read_text() + "clocks:\n  reply:\n    owner: unit\n    starts: dispatched\n    limits:\n" + rows
    )
    book = shelf.library().version("a", DAY).book
    assert book is not None
    row = book.clocks["reply"].limits.match({"category": ("投诉",), "item": ("2718",)})
    assert row is not None
    assert row.limit == Duration("wd", 2718 % 20 + 1)


def test_local_holidays_bind_a_place_and_its_children(shelf: Shelf) -> None:
    shelf.put("p", "")
    shelf.put("a", "extends: p\n")
    days = "days: [{date: 2025-04-09, off: true, name: 三月三}]\n"
    (shelf.folder / "calendar.yaml").write_text("jurisdiction: p\n" + days, encoding="utf-8")
    library = shelf.library()
    day = dt.date(2025, 4, 9)
    assert [library.calendar(name).is_working_day(day) for name in ("p", "a", "zhuhai")] == [False, False, True]


def test_a_public_holiday_file_publishes_its_year(shelf: Shelf) -> None:
    (shelf.folder / "calendar").mkdir()
    file = shelf.folder / "calendar" / "2027.json"
    file.write_text('{"year": 2027, "papers": [], "days": [{"name": "元旦", "date": "2027-01-04", "isOffDay": true}]}')
    calendar = shelf.library().calendar("zhuhai")
    assert calendar.is_published(2027)
    assert not calendar.is_working_day(dt.date(2027, 1, 4))
    file.write_text('{"year": 2027, "papers": [], "days": []}')
    assert not shelf.library().calendar("zhuhai").is_published(2027)
    file.write_text('{"year": 2027, "days": [{"date": "2027-1-4", "isOffDay": true}]}')
    with pytest.raises(RulebookError, match="日期写法不对"):
        shelf.library()


def test_what_a_paper_does_not_state_may_be_empty_or_unknown(shelf: Shelf) -> None:
    shelf.put(
        "a",
        """
        jurisdiction: {name: 某市, parent: ~}
        document: {title: 甲, number: ~, issued: unknown, effective: 2024-01-01, supersedes: [乙, 丙]}
        extends: national
        """,
        head=False,
    )
    assert [one for one in shelf.library().findings("a") if one.kind == "error"] == []
    book = shelf.library().version("a", DAY).book
    assert book is not None
    assert (book.document.number, book.document.issued, book.document.supersedes) == (None, None, "乙、丙")
    assert (book.jurisdiction.code, book.jurisdiction.parent) == ("", "000000")


@pytest.mark.parametrize(
    "article", ["10", "10.4", "11(1)", "7(3).2", "附件2.注2", "附则20", "附件", "前言", "N6", "3(2)"]
)
def test_forms_of_articles(shelf: Shelf, article: str) -> None:
    shelf.put("a", f'counting: {{start: {{value: moment, basis: "{article}"}}}}\n')
    assert shelf.errors("a") == []


@pytest.mark.parametrize("article", ["第十条", "10.", "11(1", "11（1）", "10 4", "", "10.4款"])
def test_no_forms_of_articles(shelf: Shelf, article: str) -> None:
    shelf.put("a", f'counting: {{start: {{value: moment, basis: "{article}"}}}}\n')
    assert [path for path, _ in shelf.errors("a")] == ["counting.start.basis"]


def test_a_section_may_be_one_leaf(shelf: Shelf) -> None:
    shelf.put("a", 'confidential: {value: {contact: forbidden, reply_to: platform}, basis: "7"}\n')
    book = shelf.library().version("a", DAY).book
    assert book is not None
    assert book.confidential.contact is not None
    assert (book.confidential.contact.value, book.confidential.contact.basis) == ("forbidden", ("a:7",))

"""Writing drafts: nothing typed is lost, broken texts are kept and explained, hostile ones harm nobody."""

from __future__ import annotations

import datetime as dt
import time

import pytest

from tests.rulemaking.office import BOOK, LONGER, Office, day_after, revised
from yixian.orders import books
from yixian.orders.errors import BadInput
from yixian.rulebook import Library, RulebookError
from yixian.rulemaking import actions, difference, language, queries, starting, texts
from yixian.rulemaking.errors import NoDraft, NotAllowed, NotReady, Overtaken
from yixian.rulemaking.models import DraftRevision

BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12)
)
HOSTILE = {
    "references that explode": BOMB,
    "references in figures": BOMB + "assessment: {indicators: *a11}\n",
    "a hundred thousand brackets": "assessment: " + "[" * 100_000,
    "a hundred thousand dashes": "- " * 100_000,
    "a staircase": "\n".join(" " * depth + "a:" for depth in range(500)),
    "a reference to itself": "document: &d {title: *d}",
    "control characters": "document: {title: \x07\x1b[31m}",
    "conditions without end": "clocks: {reply: {limits: [{when: {"
    + ", ".join(f"{key}: [{', '.join(map(str, range(60)))}]" for key in ("category", "channel", "source", "domain"))
    + "}, limit: 2wd}]}}",
    "no mapping": "只有一句话",
    "nothing": "",
    "a tag": "document: !!python/object/apply:os.system [ls]",
}


def test_a_draft_begins_from_a_version_and_makes_its_book(office: Office) -> None:
    day = day_after(30)
    draft = office.start(revised(day, LONGER))
    made = queries.draft_book(draft.pk)
    assert made.version == day
    assert made.clocks["reply"].limits.match({"category": ("咨询",)}).limit.chinese() == "3 个工作日"
    assert draft.effective.isoformat() == day
    changed = difference.limits(books.library().book(BOOK, "2023-09-01"), made)
    assert [(one.clock, one.category, one.before, one.after) for one in changed] == [
        ("办理", "咨询", "2 个工作日", "3 个工作日")
    ]
    paths = [one.path for one in difference.parameters(books.library().book(BOOK, "2023-09-01"), made)]
    assert paths == ["document.effective", "clocks.reply.limits"]


def test_what_is_broken_is_kept_and_explained_with_its_line(office: Office) -> None:
    draft = office.start(revised(day_after(30)))
    broken = draft.text.replace("limit: 1wd", "limit: 1w d", 1)
    saved = actions.save(office.actor("author"), draft.pk, text=broken, revision=1)
    assert saved.text == broken
    reading = texts.read(BOOK, broken, books.library())
    line = broken[: broken.index("limit: 1w d")].count("\n") + 1
    assert [one.line for one in reading.errors] == [line]
    assert reading.errors[0].remedy
    with pytest.raises(RulebookError):
        queries.draft_book(draft.pk)
    with pytest.raises(NotReady, match="还有 1 处错误"):
        actions.submit(office.actor("author"), draft.pk, sha256=saved.sha256)


def test_of_two_windows_that_save_the_later_is_told_and_nothing_is_lost(office: Office) -> None:
    draft = office.start(revised(day_after(30)))
    first = actions.save(office.actor("author"), draft.pk, text=draft.text + "# 一\n", revision=1)
    with pytest.raises(Overtaken, match=r"author的人 在 .* 保存了第 2 稿"):
        actions.save(office.actor("third"), draft.pk, text=draft.text + "# 二\n", revision=1)
    assert queries.draft(draft.pk).text == first.text
    actions.save(office.actor("third"), draft.pk, text=draft.text + "# 二\n", revision=2)
    kept = DraftRevision.objects.filter(draft=draft).order_by("number").values_list("number", "name")
    assert list(kept) == [(1, "author的人"), (2, "author的人"), (3, "third的人")]
    assert queries.revision(draft, 2).text.endswith("# 一\n")


def test_saving_the_same_text_again_makes_no_revision(office: Office) -> None:
    draft = office.start(revised(day_after(30)))
    assert actions.save(office.actor("author"), draft.pk, text=draft.text, revision=1).revision == 1


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_text_is_kept_and_refused_in_no_time(office: Office, what: str) -> None:
    draft = office.start(revised(day_after(30)))
    began = time.perf_counter()
    saved = actions.save(office.actor("author"), draft.pk, text=HOSTILE[what], revision=1)
    reading = texts.read(BOOK, saved.text, books.library())
    assert time.perf_counter() - began < 5
    assert reading.errors
    assert all(one.message for one in reading.errors)


def test_a_text_too_long_is_refused_with_its_measure(office: Office) -> None:
    draft = office.start(revised(day_after(30)))
    with pytest.raises(BadInput, match="全文过长: 最多 600000 字"):
        actions.save(office.actor("author"), draft.pk, text="#" * 700_000, revision=1)
    assert queries.draft(draft.pk).revision == 1


def test_what_no_database_keeps_is_marked_not_lost(office: Office) -> None:
    draft = office.start(revised(day_after(30)) + "# \x00\ud800 末\r\n")
    assert draft.text.endswith("# \ufffd\ufffd 末\n")


def test_who_may_revise_which_book(office: Office) -> None:
    with pytest.raises(NotAllowed, match="不能修订规则"):
        office.start(revised(day_after(30)), by="agent")
    with pytest.raises(NotAllowed, match="珠海热线"):
        office.start(revised(day_after(30)), by="county")
    draft = office.start(revised(day_after(30)))
    with pytest.raises(NoDraft):
        queries.seen(office.actor("county"), draft.pk)
    assert queries.page(office.actor("county")).drafts == ()
    assert [one.pk for one in queries.page(office.actor("third")).drafts] == [draft.pk]


def test_the_list_pages_by_cursor_and_narrows_by_status(office: Office) -> None:
    made = [office.start(revised(day_after(30 + n))).pk for n in range(5)]
    actions.discard(office.actor("author"), made[0])
    first = queries.page(office.actor("author"), size=2)
    second = queries.page(office.actor("author"), size=2, cursor=first.next_cursor)
    third = queries.page(office.actor("author"), size=2, cursor=second.next_cursor)
    seen = [one.pk for part in (first, second, third) for one in part.drafts]
    assert sorted(seen) == sorted(made)
    assert third.next_cursor is None
    assert [one.pk for one in queries.page(office.actor("author"), status="discarded").drafts] == [made[0]]
    with pytest.raises(BadInput):
        queries.page(office.actor("author"), cursor="x")


def test_a_new_place_gets_a_book_of_its_own(office: Office) -> None:
    text = starting.skeleton(
        title='新区"热线"办法: <b>', place="新区", code="440499", level="county", parent="440400", extends=BOOK,
        effective=dt.date(2027, 3, 1),
    )  # fmt: skip
    draft = office.start(text, name=starting.new_name("xinqu"), based_on="")
    book = queries.draft_book(draft.pk)
    assert book.lineage == ("xinqu", BOOK, "national")
    assert book.document.title == '新区"热线"办法: <b>'
    assert book.jurisdiction.code == "440499"
    assert book.clocks["reply"].limits.rows
    for bad in ("Xinqu", "x", "drafts", "x/y", BOOK):
        with pytest.raises(BadInput):
            starting.new_name(bad)


def test_the_day_is_changed_where_it_stands_and_nothing_else() -> None:
    text = Library.load().source(BOOK, "2023-09-01")
    made = texts.replaced(text, {("document", "effective"): "2027-01-01"})
    assert made.replace("2027-01-01", "2023-09-01") == text
    assert texts.replaced("a: [", {("a",): "1"}) == "a: ["


def test_the_help_knows_every_key_of_the_language() -> None:
    from yixian.rulebook import schema

    guide = language.guide()
    for section, fields in schema.SECTIONS.items():
        assert all(f"{section}.{key}" in guide for key in fields)
    assert all(f"clocks.*.{key}" in guide for key in schema.CLOCK)
    assert ["yellow", "黄牌"] in guide["clocks.*.cards[].card"]["values"]
    assert guide["supervision[].trigger"]["values"]
    assert all(entry["title"] for entry in guide.values())
    assert all(key in guide for key in language.ABOUT)


def test_two_endless_texts_are_not_compared_line_by_line() -> None:
    words = [f"词{place}" for place in range(110)]
    one, other = "\n".join(words * 2000), "\n".join(reversed(words * 2000))
    started = time.monotonic()
    ((mark, said),) = difference.text(one, other)
    assert time.monotonic() - started < 5
    assert mark == "@"
    assert "10000 行" in said

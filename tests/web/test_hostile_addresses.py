"""Whatever stands in an address or a form, the answer is a page that says what is wrong, never a broken one."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client

from tests.web.conftest import In
from tests.web.reading import words
from tests.web.seed import Town
from yixian.orders import books
from yixian.parties import access, journal
from yixian.parties.models import AuditEntry

PATHS = (
    *("/orders/", "/orders/export.csv", "/registers/works/", "/registers/works/export.csv", "/registers/sample/"),
    *("/figures/", "/figures/orders/received/", "/figures/export.csv", "/supervision/", "/supervision/export.csv"),
    *("/alarms/", "/notices/", "/campaigns/", "/restrictions/", "/rulebooks/whatif/", "/published/", "/consult/"),
)
ASKED = (
    *("category=%00", "place=%00", "unit=%00", "q=%00%27", "cursor=%FF%FE", "cursor=99999999999999999999999"),
    *("before=99999999999999999-99999999999999999", "first=9999-12-31&last=9999-12-31", "period=0000"),
)
SENT: tuple[tuple[str, dict[str, str]], ...] = (
    ("/registers/secrecy/new/", {}),
    ("/registers/works/new/", {"day": "0000-00-00", "until": "9999-99-99", "work": "长" * 100_000, "unit": "\0"}),
    ("/alarms/confirm/", {"order": "\0", "note": "\0已转 110"}),
    ("/notices/read/", {"up_to": "²"}),
    ("/rulebooks/whatif/", {"book": "anhui", "unit": "\0", "since": "0001-01-01"}),
)


def answered(client: Client, method: str, path: str, **given: object) -> None:
    """Ask within a savepoint, so that one failure does not spoil the rest; what is raised fails the test."""
    with transaction.atomic():
        answer = getattr(client, method)(path, **given)
        assert answer.status_code < 500, words(answer)
        transaction.set_rollback(True)


@pytest.mark.parametrize("username", ["", "supervisor", "water-clerk"])
def test_an_address_with_nonsense_is_answered(busy: Town, enter: In, username: str) -> None:
    client = enter(username) if username else Client()
    for path in PATHS:
        for asked in ASKED:
            answered(client, "get", f"{path}?{asked}")


@pytest.mark.parametrize("username", ["supervisor", "water-clerk"])
@pytest.mark.parametrize(("path", "given"), SENT)
def test_a_form_with_nonsense_is_answered(
    busy: Town, enter: In, username: str, path: str, given: dict[str, str]
) -> None:
    answered(enter(username), "post", path, data=given)


def test_the_journal_keeps_what_came_with_a_nul(town: Town) -> None:
    journal.audit(access.SYSTEM, "导出台账", "施工\0", after={"filters": {"q": "a\0b", "of": ["\0"]}, "count": 1})
    row = AuditEntry.objects.latest("id")
    assert (row.subject, row.after) == ("施工", {"filters": {"q": "ab", "of": [""]}, "count": 1})


def test_a_broken_book_on_the_shelf_is_told_as_such(
    town: Town, enter: In, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "2024-01-01.yaml").write_text("document: {title: 坏的, effective: 2024-01-01}\nclock: {}\n")
    monkeypatch.setenv("YIXIAN_RULEBOOKS", str(tmp_path))
    books.forget()
    try:
        for path in ("/rulebooks/", "/rulebooks/compare/", "/rulebooks/broken/"):
            answer = enter("supervisor").get(path)
            assert answer.status_code in (200, 404, 503), path
            assert answer.status_code != 503 or "clock" in words(answer), path
    finally:
        monkeypatch.delenv("YIXIAN_RULEBOOKS")
        books.forget()

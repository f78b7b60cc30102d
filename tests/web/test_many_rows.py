"""A page asks the database as often for many rows as for few, and shows no more of them than a page holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.web.conftest import In
from tests.web.seed import PASSWORD, Story, Town
from yixian.exchange import actions as notices
from yixian.intake.models import Campaign
from yixian.orders import clock
from yixian.parties import access
from yixian.parties import actions as parties
from yixian.parties.models import Confidentiality
from yixian.registers.models import Entry, EntryUnit
from yixian.rulemaking.models import Draft

AT = dt.datetime(2026, 3, 9, 2, 0, tzinfo=dt.UTC)
FEW, MANY = 3, 90

Fill = Callable[[Town, int, int], None]


def works(town: Town, first: int, count: int) -> None:
    units = list(town.units.values())
    rows = Entry.objects.bulk_create(
        Entry(
            platform=town.platform, unit=units[place % 8], kind="works", title=f"停水 {place}", search="停水",
            values={"work": "停水", "day": "2026-03-01", "until": "2026-12-01", "place": "翠微", "units": ["water"]},
            filed_at=AT + dt.timedelta(minutes=place), filer="李工", starts=AT.date(), ends=dt.date(2026, 12, 1),
        )
        for place in range(first, first + count)
    )  # fmt: skip
    EntryUnit.objects.bulk_create(EntryUnit(entry=row, unit=town.units["water"]) for row in rows)


def told(town: Town, first: int, count: int) -> None:
    at = clock.now()
    for place in range(first, first + count):
        users = [town.users["supervisor"].pk]
        notices.tell(kind="other", title=f"提醒 {place}", users=users, key=f"many:{place}", at=at)


def campaigns(town: Town, first: int, count: int) -> None:
    now = dt.datetime.now(dt.UTC)
    Campaign.objects.bulk_create(
        Campaign(
            platform=town.platform, kind="survey", title=f"调查 {place}", text="说明", status="open", created_by="郭",
            opens_at=now - dt.timedelta(days=1), closes_at=now + dt.timedelta(days=9), created_at=now,
            questions=[{"key": "q1", "title": "意见", "kind": "text"}],
        )
        for place in range(first, first + count)
    )  # fmt: skip


def drafts(town: Town, first: int, count: int) -> None:
    Draft.objects.bulk_create(
        Draft(
            name=("zhuhai", "lezhi", "anhui")[place % 3], title=f"修订 {place}", text="x", sha256="", author="沈卫东",
            created_at=AT, changed_at=AT + dt.timedelta(minutes=place),
        )
        for place in range(first, first + count)
    )  # fmt: skip


def secrecy(town: Town, first: int, count: int) -> None:
    units = list(town.units.values())
    Confidentiality.objects.bulk_create(
        Confidentiality(unit=units[place % 8], requirement="不公开", filed_by="黄伟强", filed_at=AT)
        for place in range(first, first + count)
    )


def cases(town: Town, first: int, count: int) -> None:
    for _ in range(count // 9 + 1):
        story = Story(town, clock.now() - 7200).register(0).give("dispatcher", "dispatch", 0.1, lead="water")
        story.give("supervisor", "supervise", 0.1, reason="群众反映集中")


PAGES: tuple[tuple[str, str, Fill], ...] = (
    ("supervisor", "/registers/works/", works),
    ("water-clerk", "/registers/works/", works),
    ("agent", "/registers/near/?place=翠微", works),
    ("supervisor", "/registers/works/export.csv", works),
    ("supervisor", "/registers/secrecy/", secrecy),
    ("supervisor", "/notices/", told),
    ("supervisor", "/campaigns/", campaigns),
    ("", "/consult/", campaigns),
    ("admin", "/rulebooks/drafts/", drafts),
    ("supervisor", "/supervision/", cases),
    ("supervisor", "/figures/", cases),
    ("supervisor", "/exports/", cases),
)


@pytest.mark.parametrize(("username", "path", "fill"), PAGES)
def test_as_many_questions_for_many_rows_as_for_few(
    town: Town, enter: In, username: str, path: str, fill: Fill
) -> None:
    if username == "admin":
        town.users["admin"] = parties.create_user(
            actor=access.SYSTEM, platform=town.platform, username="admin", name="沈卫东", password=PASSWORD,
            roles=("administrator",), must_change_password=False,
        )  # fmt: skip
    client = enter(username) if username else Client()
    fill(town, 0, FEW)
    client.get(path)  # what a process remembers is there from now on
    few = asked(client, path)
    fill(town, FEW, MANY)
    many = asked(client, path)
    assert len(many) <= len(few) + 1, "\n".join(many)


def asked(client: Client, path: str) -> list[str]:
    """What the page asks of the database."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return [str(query["sql"])[:160] for query in captured.captured_queries]

"""Publication: by a second person, once, of exactly what was proved; taken up everywhere; never changed."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest
import time_machine
from django.db import Error, connections, transaction

from tests.rulemaking.office import BOOK, FIRST, LONGER, WATER, Office, database_url, day_after, moment, revised
from yixian.api import basis, rulebooks
from yixian.exchange.models import Notice
from yixian.orders import audit, books, clock, queries, rebuild, sweep
from yixian.orders.errors import BadInput
from yixian.orders.models import Order, PublishedBook
from yixian.parties import access
from yixian.parties.models import AuditEntry
from yixian.rulemaking import actions
from yixian.rulemaking.errors import NotAllowed, NotReady, Overtaken
from yixian.rulemaking.models import Draft

LONG_LABEL = "2023-09-01+national@"


def limit(version: str) -> str:
    """The limit of a consultation under a version."""
    row = books.version(BOOK, version).clocks["reply"].limits.match({"category": ("咨询",)})
    return row.limit.chinese() if row else ""


def test_a_second_person_publishes_and_everybody_is_told(office: Office) -> None:
    day = day_after(30)
    draft = office.submitted(revised(day, LONGER))
    with pytest.raises(NotAllowed, match="另一位"):
        actions.approve(office.actor("author"), draft.pk, sha256=draft.sha256)
    with pytest.raises(NotAllowed):
        actions.approve(office.actor("agent"), draft.pk, sha256=draft.sha256)
    found = actions.approve(office.actor("approver"), draft.pk, sha256=draft.sha256)
    assert (found.name, found.version, found.drafted_by, found.approved_by) == (BOOK, day, "author的人", "approver的人")
    assert limit(day) == "3 个工作日"
    assert limit(FIRST) == "2 个工作日"
    told = AuditEntry.objects.get(verb="publish_rulebook")
    assert told.username == "approver"
    assert told.after["sha256"] == draft.sha256
    assert Notice.objects.filter(kind="rules", title__startswith="规则已批准发布").count() == 1


def test_who_only_saved_may_not_approve_either(office: Office) -> None:
    draft = office.start(revised(day_after(30), LONGER))
    actions.save(office.actor("third"), draft.pk, text=draft.text + "# 校对\n", revision=1)
    draft = office.proved(draft)
    actions.submit(office.actor("author"), draft.pk, sha256=draft.sha256)
    with pytest.raises(NotAllowed, match="参与起草"):
        actions.approve(office.actor("third"), draft.pk, sha256=draft.sha256)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda: revised(day_after(0), LONGER), "太早, 最早可定为"),
        (lambda: revised("2023-09-01", LONGER), "太早"),
        (lambda: revised("unknown", LONGER), "没有写施行日期"),
        (lambda: revised(day_after(30), ("limit: 1wd", "limit: soon")), "处错误"),
    ],
)
def test_a_bad_draft_is_never_submitted(office: Office, change: Callable[[], str], why: str) -> None:
    draft = office.start(change())
    with pytest.raises(NotReady, match=why):
        actions.submit(office.actor("author"), draft.pk, sha256=draft.sha256)
    Draft.objects.filter(pk=draft.pk).update(status="submitted")  # as if the page had been got around
    with pytest.raises(NotReady):
        actions.approve(office.actor("approver"), draft.pk, sha256=draft.sha256)
    assert not PublishedBook.objects.exists()


def test_scenarios_must_have_been_run_on_exactly_this_text(office: Office) -> None:
    draft = office.proved(office.start(revised(day_after(30), LONGER)))
    draft = actions.save(office.actor("author"), draft.pk, text=draft.text + "# 末\n", revision=1)
    with pytest.raises(NotReady, match="还没有用这份全文跑过场景"):
        actions.submit(office.actor("author"), draft.pk, sha256=draft.sha256)
    draft = office.proved(draft)
    with pytest.raises(Overtaken):
        actions.submit(office.actor("author"), draft.pk, sha256="0" * 64)
    actions.submit(office.actor("author"), draft.pk, sha256=draft.sha256)


def test_the_text_that_was_read_is_the_one_approved(office: Office) -> None:
    draft = office.submitted(revised(day_after(30), LONGER))
    with pytest.raises(NotReady, match="待批准"):
        actions.save(office.actor("author"), draft.pk, text="换掉", revision=1)
    actions.withdraw(office.actor("author"), draft.pk)
    changed = actions.save(office.actor("author"), draft.pk, text=draft.text + "# 换\n", revision=1)
    office.proved(changed)
    actions.submit(office.actor("author"), draft.pk, sha256=changed.sha256)
    with pytest.raises(Overtaken, match="又有改动"):
        actions.approve(office.actor("approver"), draft.pk, sha256=draft.sha256)


def test_time_that_passes_before_approval_is_noticed(office: Office) -> None:
    day = day_after(2)
    draft = office.submitted(revised(day, LONGER))
    with clock.use(moment(f"{day}T09:00")), pytest.raises(NotReady, match="太早"):
        actions.approve(office.actor("approver"), draft.pk, sha256=draft.sha256)
    before = moment(f"{day}T00:00") - 300
    with clock.use(before), pytest.raises(NotReady, match="太早"):
        actions.approve(office.actor("approver"), draft.pk, sha256=draft.sha256)
    with clock.use(before - 600):
        assert actions.approve(office.actor("approver"), draft.pk, sha256=draft.sha256).version == day


def test_a_rejected_draft_comes_back_with_the_reason(office: Office) -> None:
    draft = office.submitted(revised(day_after(30), LONGER))
    with pytest.raises(BadInput, match="理由"):
        actions.reject(office.actor("approver"), draft.pk, reason="不")
    actions.reject(office.actor("approver"), draft.pk, reason="第十一条未改, 依据不足")
    found = Draft.objects.get(pk=draft.pk)
    assert (found.status, found.reason, found.approver) == ("rejected", "第十一条未改, 依据不足", "approver的人")
    saved = actions.save(office.actor("author"), draft.pk, text=found.text + "# 补\n", revision=1)
    assert saved.status == "working"


def test_a_later_version_supersedes_and_an_earlier_one_is_refused(office: Office) -> None:
    office.published(revised(day_after(30), LONGER))
    with pytest.raises(NotReady, match="由更晚施行的版本取代"):
        office.submitted(revised(day_after(20)))
    with pytest.raises(NotReady, match="由更晚施行的版本取代"):
        office.submitted(revised(day_after(30)))
    assert office.published(revised(day_after(31))).version == day_after(31)


def test_a_published_version_cannot_be_changed_by_anybody(office: Office) -> None:
    office.published(revised(day_after(30), LONGER))
    for act in (lambda rows: rows.update(text="x"), lambda rows: rows.delete()):
        with pytest.raises(Error, match="never changed"), transaction.atomic():
            act(PublishedBook.objects.all())


def test_an_order_of_the_first_minute_takes_the_new_version_and_earlier_ones_keep_theirs(office: Office) -> None:
    day = day_after(30)
    midnight = moment(f"{day}T00:00")
    office.published(revised(day, LONGER))
    with time_machine.travel(midnight + 3600, tick=False):
        numbers = [office.register(at).order_no for at in (midnight - 60, midnight)]
        for number in numbers:
            office.give(number, "dispatch", midnight + 60, lead=WATER)
        labels = dict(Order.objects.values_list("number", "version"))
        assert [labels[number] for number in numbers] == [FIRST, day]
        lengths = [
            next(one.limit for one in queries.detail(number, access.SYSTEM).state.clocks if one.name == "reply")
            for number in numbers
        ]
        assert lengths == ["2wd", "3wd"]
    with time_machine.travel(midnight + 40 * 86400, tick=False):
        report = sweep.run(now=midnight + 40 * 86400)
        assert report.orders == 2
        assert not report.stuck
        assert {row.card for row in Order.objects.all()} == {"red"}
    assert rebuild.run().differences == []
    assert audit.verify().whole


def test_a_change_of_the_book_above_reaches_the_books_below_by_day(office: Office) -> None:
    day = day_after(30)
    text = revised(day, name="national", version="undated")
    office.published(text, name="national", based_on="undated")
    midnight = moment(f"{day}T00:00")
    assert books.in_force(BOOK, books.local_day(midnight)).version == LONG_LABEL + day
    assert books.in_force(BOOK, books.local_day(midnight - 1)).version == FIRST
    number = office.register(midnight + 60).order_no
    assert Order.objects.get(number=number).version == LONG_LABEL + day
    assert books.version(BOOK, LONG_LABEL + day).version == LONG_LABEL + day


def test_what_is_remembered_of_books_follows_a_publication(office: Office) -> None:
    today = books.local_day(clock.now())
    title = "珠海市12345政务服务便民热线管理办法"
    before = rulebooks._detail(books.library(), BOOK, today)
    cited = basis.article(f"{BOOK}:10.4")
    assert len(before.versions) == 1
    day = day_after(1)
    office.published(
        revised(day, (f"title: {title}", f"title: {title}（修订）"), ("short: 珠海办法", "short: 珠海新办法"))
    )
    assert [one.version for one in rulebooks._detail(books.library(), BOOK, today).versions] == [FIRST, day]
    assert basis.article(f"{BOOK}:10.4") == cited
    with clock.use(moment(f"{day}T08:00")):
        books.look_again()
        assert basis._newest(books.library(), BOOK).version == day


def test_two_administrators_at_once_publish_once(shared_office: Office) -> None:
    draft = shared_office.submitted(revised(day_after(30), LONGER))
    gate, results = threading.Barrier(2), []

    def approve(name: str) -> None:
        try:
            actor = shared_office.actor(name)
            gate.wait()
            results.append(actions.approve(actor, draft.pk, sha256=draft.sha256).version)
        except Exception as error:
            results.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=approve, args=(name,)) for name in ("approver", "third")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert PublishedBook.objects.count() == 1
    assert sum(1 for one in results if isinstance(one, str)) == 1
    refused = next(one for one in results if not isinstance(one, str))
    assert isinstance(refused, NotReady)
    assert "没有重复发布" in refused.detail


WATCH = """
import sys, time
import django
django.setup()
from django.conf import settings
from yixian.orders import books
print(len(books.library().flat("zhuhai")), flush=True)
sys.stdin.readline()
ends = time.monotonic() + 20
while time.monotonic() < ends and len(books.library().flat("zhuhai")) == 1:
    time.sleep(0.2)
print(books.library().flat("zhuhai")[-1].version, flush=True)
"""


def test_another_process_takes_a_publication_up_within_seconds(shared_office: Office) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", WATCH], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "DATABASE_URL": database_url(), "YIXIAN_DB_ROLE": ""},
    )  # fmt: skip
    try:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline().strip() == "1"
        day = shared_office.published(revised(day_after(30), LONGER)).version
        began = time.monotonic()
        other.stdin.write("\n")
        other.stdin.flush()
        assert other.stdout.readline().strip() == day
        assert time.monotonic() - began < books.PUBLICATION_SECONDS + 3
    finally:
        other.kill()
        other.wait()


def test_a_version_used_elsewhere_is_found_before_the_next_look(office: Office) -> None:
    shelf = books.library()
    day = day_after(30)
    PublishedBook.objects.create(
        name=BOOK, version=day, text=revised(day, LONGER), sha256="0" * 64, drafted_by="甲", approved_by="乙",
        published_at="2026-01-01T00:00Z",
    )  # fmt: skip
    assert books.library() is shelf
    assert limit(day) == "3 个工作日"
    assert books.library() is not shelf

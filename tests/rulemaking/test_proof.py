"""Proof before publication: which scenarios change under a draft, in words, with people's own scenarios beside."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from tests.rulemaking.office import BOOK, LONGER, Office, database_url, day_after, revised
from yixian.orders import books
from yixian.orders.errors import BadInput
from yixian.parties.models import AuditEntry
from yixian.rulemaking import actions, proof, queries, running, texts
from yixian.rulemaking.errors import NotAllowed, NotReady
from yixian.rulemaking.models import DONE, FAILED, QUEUED, DraftRun

OWN = """rulebook: zhuhai
title: 咨询三个工作日办结
steps:
  - at: 2026-12-07T10:00
    do: register
    with: {category: 咨询, channel: phone, text: 新生入学怎么办理, requester: {phone: "13800000000"}}
  - at: 2026-12-07T10:30
    do: dispatch
    with: {lead: 市水务局}
    expect: {due: {reply: 2026-12-10}}
"""


def test_a_longer_limit_changes_the_scenarios_that_speak_of_it(office: Office) -> None:
    draft = office.proved(office.start(revised(day_after(30), LONGER)))
    run = queries.proof(draft)
    assert run is not None
    library = books.library()
    assert run.total == len(proof.installed(BOOK, library)) > 20
    assert run.worse > 0
    assert run.better == 0
    assert run.passed + run.failed == run.total
    listed = run.results["scenarios"]
    assert len(listed) == run.worse
    words = [line for item in listed for step in item["steps"] for line in step["differences"]]
    assert any(line.startswith("时限“办理”到期: 应为 ") and "实为" in line for line in words)
    assert not any(code in " ".join(words) for code in ("yellow", "due.reply", "None", "True"))


def test_the_same_rules_on_another_day_change_nothing(office: Office) -> None:
    run = queries.proof(office.proved(office.start(revised(day_after(400)))))
    assert run is not None
    assert (run.worse, run.better, run.failed) == (0, 0, 0)


def test_a_change_of_the_book_above_is_played_for_the_books_below(office: Office) -> None:
    text = revised(day_after(30), name="national", version="undated")
    draft = office.proved(office.start(text, name="national", based_on="undated"))
    run = queries.proof(draft)
    assert run is not None
    assert run.total > len(proof.installed(BOOK, books.library()))
    assert run.worse == 0


def test_own_scenarios_must_hold_under_the_draft(office: Office) -> None:
    author = office.actor("author")
    draft = office.start(revised(day_after(30)))
    running.add_scenario(author, draft.pk, OWN)
    draft = office.proved(draft)
    with pytest.raises(NotReady, match="附上的场景有 1 个不符"):
        actions.submit(author, draft.pk, sha256=draft.sha256)
    longer = actions.save(author, draft.pk, text=revised(day_after(30), LONGER), revision=1)
    office.proved(longer)
    assert actions.submit(author, draft.pk, sha256=longer.sha256).status == "submitted"
    run = queries.proof(longer)
    assert run is not None
    assert run.better == 1
    assert run.results["scenarios"][-1]["own"] or run.results["scenarios"][0]["own"]


def test_another_scenario_makes_the_old_run_stale(office: Office) -> None:
    draft = office.proved(office.start(revised(day_after(30), LONGER)))
    running.add_scenario(office.actor("author"), draft.pk, OWN)
    assert queries.proof(draft) is None
    running.remove_scenario(office.actor("author"), draft.pk, draft.scenarios.get().pk)
    assert queries.proof(draft) is not None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "粘贴或上传"),
        ("rulebook: lezhi\ntitle: x\nsteps: [{at: 2026-12-07T10:00, do: look}]", "规则书 lezhi"),
        ("rulebook: zhuhai\nsteps: [{at: gestern, do: look}]", "时间写法不对"),
        ("rulebook: zhuhai\nsteps: [{at: 2026-12-07T10:00, do: regster}]", "没有指令 'regster'"),
        ("steps: " + "[" * 5000, "嵌套"),
        ("只有话", "场景应是"),
    ],
)
def test_a_scenario_that_is_none_is_refused_with_the_reason(office: Office, text: str, why: str) -> None:
    draft = office.start(revised(day_after(30)))
    with pytest.raises(BadInput, match=why):
        running.add_scenario(office.actor("author"), draft.pk, text)


def test_a_new_place_is_proved_by_its_own_scenarios_alone(office: Office) -> None:
    text = 'jurisdiction: {code: "440499", name: 新区, level: county, parent: "440400"}\n'
    text += "document: {title: 新区办法, effective: 2026-01-01}\nextends: zhuhai\n"
    draft = office.start(text, name="xinqu", based_on="")
    draft = office.proved(draft)
    with pytest.raises(NotReady, match="没有场景可跑"):
        actions.submit(office.actor("author"), draft.pk, sha256=draft.sha256)
    own = OWN.replace("zhuhai", "xinqu").replace("2026-12-10", "2026-12-09")
    running.add_scenario(office.actor("author"), draft.pk, own)
    office.proved(draft)
    actions.submit(office.actor("author"), draft.pk, sha256=draft.sha256)
    published = actions.approve(office.actor("approver"), draft.pk, sha256=draft.sha256)
    assert published.version == "2026-01-01"
    assert books.library().version("xinqu", books.local_day(1_790_000_000)).status == "in_force"


def test_without_installed_scenarios_that_is_so(office: Office, monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setenv("YIXIAN_SCENARIOS", str(tmp_path / "nowhere"))
    assert proof.folders() == []
    monkeypatch.setenv("YIXIAN_SCENARIOS", str(tmp_path))
    (tmp_path / "broken.yaml").write_text("steps: [", encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(OWN, encoding="utf-8")
    assert [one.title for one in proof.installed(BOOK, books.library())] == ["咨询三个工作日办结"]


def test_a_run_over_the_same_text_is_asked_for_once(office: Office) -> None:
    draft = office.start(revised(day_after(30)))
    first = running.ask(office.actor("author"), draft.pk)
    assert running.ask(office.actor("third"), draft.pk).pk == first.pk
    running.play(first.pk)
    running.play(first.pk)  # a job delivered twice
    assert DraftRun.objects.get(pk=first.pk).status == DONE
    assert running.ask(office.actor("author"), draft.pk).pk != first.pk


def test_a_run_that_died_makes_room_for_the_next(office: Office) -> None:
    draft = office.start(revised(day_after(30)))
    first = running.ask(office.actor("author"), draft.pk)
    long_ago = running._now() - running.STUCK * 2
    DraftRun.objects.filter(pk=first.pk).update(status="running", beat_at=long_ago)
    second = running.ask(office.actor("author"), draft.pk)
    assert second.pk != first.pk
    assert DraftRun.objects.get(pk=first.pk).status == FAILED
    assert second.status == QUEUED


def test_a_run_takes_no_longer_than_it_may(office: Office, monkeypatch: Any) -> None:
    monkeypatch.setattr(proof, "MOST_SECONDS", -1.0)
    draft = office.start(revised(day_after(30)))
    run = running.ask(office.actor("author"), draft.pk)
    running.play(run.pk)
    found = DraftRun.objects.get(pk=run.pk)
    assert found.status == FAILED
    assert "没有跑完" in found.problem


def test_a_broken_draft_is_not_run_and_not_everybody_may(office: Office) -> None:
    draft = office.start("不是规则书")
    with pytest.raises(NotReady, match="处错误"):
        running.ask(office.actor("author"), draft.pk)
    with pytest.raises(NotAllowed):
        running.ask(office.actor("county"), draft.pk)


def test_two_workers_play_a_run_once(shared_office: Office) -> None:
    draft = shared_office.start(revised(day_after(30)))
    run = running.ask(shared_office.actor("author"), draft.pk)
    played: list[int] = []
    real = proof.prove

    def counted(*args: Any) -> Any:
        played.append(1)
        return real(*args)

    def work() -> None:
        try:
            running.play(run.pk)
        finally:
            connections.close_all()

    proof.prove = counted  # type: ignore[assignment]
    try:
        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        proof.prove = real
    assert played == [1]
    assert DraftRun.objects.get(pk=run.pk).status == DONE


def test_the_draft_stands_in_for_the_newest_version_on_its_days(office: Office) -> None:
    library = books.library()
    reading = texts.read(BOOK, revised(day_after(300), LONGER), library)
    made = proof.instead(reading, library).versions(BOOK)
    assert [one.version for one in made] == [one.version for one in library.versions(BOOK)]
    assert made[-1].document.expires == library.versions(BOOK)[-1].document.expires
    assert made[-1].clocks["reply"].limits.match({"category": ("咨询",)}).limit.chinese() == "3 个工作日"


@pytest.mark.slow
def test_the_real_worker_plays_a_run(shared_office: Office) -> None:
    draft = shared_office.start(revised(day_after(30), LONGER))
    run = running.ask(shared_office.actor("author"), draft.pk)
    worker = subprocess.Popen(
        [str(Path(sys.executable).with_name("yixian")), "worker"],
        env={**os.environ, "DATABASE_URL": database_url(), "YIXIAN_DB_ROLE": "yixian_app"},
    )
    try:
        ends = time.monotonic() + 60
        while time.monotonic() < ends and not DraftRun.objects.filter(pk=run.pk, status=DONE).exists():
            time.sleep(0.5)
        found = DraftRun.objects.get(pk=run.pk)
        assert found.status == DONE
        assert found.done == found.total > 20
        assert found.worse > 0
    finally:
        worker.terminate()
        worker.wait(20)


def test_who_adds_or_removes_a_scenario_is_journaled(office: Office) -> None:
    draft = office.start(revised(day_after(30)))
    made = running.add_scenario(office.actor("author"), draft.pk, OWN)
    running.remove_scenario(office.actor("approver"), draft.pk, made.pk)
    rows = AuditEntry.objects.filter(verb__endswith="_draft_scenario").order_by("id")
    assert [(row.verb, row.username, row.after["sha256"]) for row in rows] == [
        ("add_draft_scenario", "author", texts.digest(made.text)),
        ("remove_draft_scenario", "approver", texts.digest(made.text)),
    ]

"""What is taken out as a file says by whom, is journaled and calculates nothing; drafts keep what is planned."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from tests.web.conftest import In
from tests.web.reading import words
from tests.web.seed import Town
from tests.web.test_campaigns import opened
from yixian.intake.models import Campaign
from yixian.parties import access
from yixian.parties.models import AuditEntry
from yixian.registers import actions as registers
from yixian.rulemaking import actions as drafting
from yixian.rulemaking import whatif_runs
from yixian.rulemaking.models import WhatIf

FORMULA = '=HYPERLINK("http://198.51.100.1","点这里")'


def body(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(content.decode("utf-8-sig"))


def journaled(verb: str) -> list[tuple[str, str]]:
    return list(AuditEntry.objects.filter(verb=verb).values_list("username", "subject"))


def test_a_register_taken_out(town: Town, enter: In) -> None:
    values = {"means": "约谈", "ground": "不当退单", "day": "2023-09-20", "facts": f"＠说明{FORMULA}"}
    registers.file(access.actor_of(town.users["supervisor"]), "accountability", values, platform=town.platform.pk)
    client = enter("supervisor")
    csv = client.get("/registers/accountability/export.csv")
    told = body(csv)
    assert "'＠说明" in told
    assert "导出人: 郭建平 (supervisor)" in told
    assert csv["Cache-Control"] == "no-store, private"
    xlsx = client.get("/registers/accountability/export.xlsx")
    cells = [
        cell
        for row in load_workbook(io.BytesIO(b"".join(xlsx.streaming_content))).active.iter_rows()
        for cell in row
        if cell.value
    ]
    assert not any(cell.data_type == "f" for cell in cells)
    assert [name for name, _ in journaled("导出台账")] == ["supervisor", "supervisor"]


def test_answers_of_a_campaign_taken_out(town: Town, enter: In) -> None:
    campaign = opened(enter)
    Client().post(f"/consult/{campaign.pk}/", {"q1": "20 点", "q4": f"\u3000{FORMULA}"})
    assert Campaign.objects.get(pk=campaign.pk).responses.count() == 1
    told = body(enter("supervisor").get(f"/campaigns/{campaign.pk}/csv/"))
    assert "'=HYPERLINK" in told.replace("\u3000", "")
    assert "导出人: 郭建平 (supervisor)" in told
    assert journaled("导出征集") == [("supervisor", campaign.title)]


def test_a_what_if_taken_out(busy: Town, enter: In) -> None:
    enter("supervisor").post("/rulebooks/whatif/", {"book": "changzhi"})
    run = WhatIf.objects.latest("id")
    whatif_runs.work(run.pk)
    assert "导出人: 郭建平 (supervisor)" in body(enter("supervisor").get(f"/rulebooks/whatif/{run.pk}/csv/"))
    assert [name for name, _ in journaled("导出推演")] == ["supervisor"]


@pytest.mark.parametrize(("username", "status"), [("supervisor", 422), ("water-clerk", 404)])
def test_a_draft_tells_nothing_to_who_does_not_revise_it(town: Town, enter: In, username: str, status: int) -> None:
    draft = drafting.start(access.SYSTEM, name="zhuhai", title="还没有人知道的修订", text="jurisdiction: [错的秘密]\n")
    answer = enter(username).post("/rulebooks/whatif/", {"book": f" draft: {draft.pk}"})
    assert answer.status_code == status
    assert "草稿" in words(answer)
    assert "秘密" not in words(answer)
    assert "没有人知道" not in words(answer)
    assert not WhatIf.objects.exists()

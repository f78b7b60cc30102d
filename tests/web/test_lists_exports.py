"""Exports from the list: small ones at once, large ones in the background, fetched by who asked."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from tests.web.conftest import In
from tests.web.reading import words
from tests.web.seed import Town
from yixian.exchange.models import Notice
from yixian.orders import export_runs
from yixian.orders.models import ExportRun
from yixian.orders.models_lists import DONE, QUEUED, STOPPED
from yixian.parties.models import AuditEntry
from yixian.wiring import jobs


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.FILES_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every list is too long to be made at once."""
    monkeypatch.setattr(export_runs, "AT_ONCE", 1)


def lines(answer: Any) -> list[list[str]]:
    content = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content)))


def test_a_short_list_comes_at_once(busy: Town, enter: In) -> None:
    told = {"query": "state=handling&view=3", "ending": "csv", "which": "all"}
    answer = enter("dispatcher").post("/lists/exports/", told)
    header, *rows, last = lines(answer)
    assert len(header) == 19
    assert {row[0] for row in rows} == {busy.orders[name] for name in ("handling", "second", "late")}
    assert "林志远 (dispatcher)" in last[0]
    assert not ExportRun.objects.exists()
    assert AuditEntry.objects.filter(verb="导出清单", username="dispatcher").count() == 1


def test_the_columns_of_the_list(busy: Town, enter: In) -> None:
    client = enter("dispatcher")
    client.post("/lists/columns/", {"column": ["place"], "back": "/orders/"})
    header, *_ = lines(client.post("/lists/exports/", {"query": "", "ending": "csv", "which": "shown"}))
    assert header == ["工单编号", "内容摘要", "地点", "状态", "亮牌", "登记时间", "到期时间", "是否超期"]


@pytest.mark.usefixtures("long")
def test_a_long_list_is_made_in_the_background(busy: Town, enter: In) -> None:
    client = enter("dispatcher")
    page = client.post("/lists/exports/", {"query": "state=handling", "ending": "xlsx", "which": "all"}, follow=True)
    run = ExportRun.objects.get()
    assert (run.status, run.title) == (QUEUED, "办理中")
    assert "排队中, 约 3 件" in words(page)
    assert "hx-get" in page.content.decode()
    jobs.export_list(run.pk)
    done = client.get("/lists/exports/progress/")
    assert "共 3 件" in words(done)
    assert "hx-get" not in done.content.decode()
    notice = Notice.objects.get(key=f"export:{run.pk}:done")
    assert (notice.title, notice.url) == ("导出完成: 办理中, 共 3 件", "/lists/exports/")
    assert "导出完成" in words(client.get("/notices/"))
    file = client.get(f"/lists/exports/{run.pk}/file/")
    assert file["Content-Disposition"].startswith("attachment")
    assert b"".join(file.streaming_content)[:2] == b"PK"
    assert file["Cache-Control"] == "no-store, private"
    verbs = list(AuditEntry.objects.filter(username="dispatcher").order_by("id").values_list("verb", flat=True))
    assert verbs == ["导出清单", "下载导出"]


@pytest.mark.usefixtures("long")
def test_others_know_of_it_at_most(busy: Town, enter: In) -> None:
    enter("dispatcher").post("/lists/exports/", {"query": "state=handling", "ending": "csv"})
    run = ExportRun.objects.get()
    jobs.export_list(run.pk)
    for name in ("agent", "supervisor", "auditor", "water-clerk"):
        client = enter(name)
        assert client.get(f"/lists/exports/{run.pk}/file/").status_code == 404
        assert client.post(f"/lists/exports/{run.pk}/stop/").status_code == 404
        assert ("其他人的导出" in words(client.get("/lists/exports/"))) == (name == "auditor")
    assert ExportRun.objects.get().status == DONE


@pytest.mark.usefixtures("long")
def test_cancelling(busy: Town, enter: In) -> None:
    client = enter("dispatcher")
    client.post("/lists/exports/", {"query": "", "ending": "csv"})
    run = ExportRun.objects.get()
    assert "已取消导出" in words(client.post(f"/lists/exports/{run.pk}/stop/", follow=True))
    jobs.export_list(run.pk)
    assert ExportRun.objects.get().status == STOPPED
    assert client.get(f"/lists/exports/{run.pk}/file/").status_code == 404
    assert not Notice.objects.filter(key__startswith="export:").exists()


@pytest.mark.usefixtures("long")
def test_a_unit_takes_out_its_own_orders_only(busy: Town, enter: In) -> None:
    client = enter("water-clerk")
    client.post("/lists/exports/", {"query": "", "ending": "csv"})
    run = ExportRun.objects.get()
    jobs.export_list(run.pk)
    _, *rows, _ = lines(client.get(f"/lists/exports/{run.pk}/file/"))
    assert busy.orders["handling"] in {row[0] for row in rows}
    assert busy.orders["surveying"] not in {row[0] for row in rows}


@pytest.mark.parametrize("told", [{"ending": "exe"}, {"ending": "csv", "query": "state=lost"}, {}])
def test_nonsense_is_told(busy: Town, enter: In, told: dict[str, str]) -> None:
    answer = enter("dispatcher").post("/lists/exports/", told)
    assert answer.status_code == 422
    assert not ExportRun.objects.exists()


def test_no_run_for_visitors(town: Town, client: Any) -> None:
    for path in ("/lists/exports/", "/lists/views/", "/lists/print/", "/lists/exports/1/file/"):
        assert client.get(path).status_code == 302

"""The pages of the what-if: start, watch, read, export, cancel; who may, one at a time."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from tests.web.conftest import In
from tests.web.reading import page, words
from tests.web.seed import PASSWORD, Town
from yixian.orders import books, session
from yixian.parties import access
from yixian.parties import actions as parties
from yixian.rulemaking import starting, whatif, whatif_runs
from yixian.rulemaking.models import Draft, WhatIf

HOME = "/rulebooks/whatif/"


def begun(enter: In, book: str = "changzhi", **given: str) -> WhatIf:
    """A run that the supervisor asked for."""
    answer = enter("supervisor").post(HOME, {"book": book, **given})
    assert answer.status_code == 302, words(answer)
    return WhatIf.objects.latest("id")


def test_a_run_from_the_form_to_the_table(busy: Town, enter: In) -> None:
    run = begun(enter)
    client = enter("supervisor")
    assert "正在准备" in words(client.get(f"{HOME}{run.pk}/"))
    queued = session.fetch("select task_name, args from procrastinate_jobs where task_name = 'try_rules'")
    assert [(name, args if isinstance(args, dict) else json.loads(args)) for name, args in queued] == [
        ("try_rules", {"run_id": run.pk})
    ]
    whatif_runs.work(run.pk)
    answer = client.get(f"{HOME}{run.pk}/")
    text = words(answer)
    for word in ("按时率", "会不同的工单", "按类别", "按承办单位", "按登记月份", "水务局"):
        assert word in text
    assert 'class="art"' in page(answer)
    assert "已完成" in words(client.get(HOME))
    for kind in whatif_runs.tally(WhatIf.objects.get(pk=run.pk)).kinds:
        assert client.get(f"{HOME}{run.pk}/?kind={kind}").status_code == 200
    table = client.get(f"{HOME}{run.pk}/csv/")
    assert table["Content-Type"].startswith("text/csv")
    assert table.content.decode("utf-8-sig").startswith("不同之处,编号")
    assert busy.orders["handling"] in table.content.decode()


def test_the_same_rules_change_nothing_and_the_page_says_so(busy: Town, enter: In) -> None:
    run = begun(enter, "zhuhai")
    whatif_runs.work(run.pk)
    assert "不会有任何不同" in words(enter("supervisor").get(f"{HOME}{run.pk}/"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"book": "zhuhia"}, "zhuhai"),
        ({"book": ""}, "请写明要推演的规则书"),
        ({"book": "draft:999"}, "没有"),
        ({"book": "draft:abc"}, "草稿编号应为数字"),
        ({"book": "/etc/passwd.yaml"}, "请选择规则书或草稿"),
        ({"book": "anhui", "since": "2025-02-01", "until": "2025-01-01"}, "写反了"),
        ({"book": "anhui", "since": "昨天"}, "应为日期"),
    ],
)
def test_what_is_wrong_is_told_and_what_was_typed_stays(
    busy: Town, enter: In, given: dict[str, str], said: str
) -> None:
    answer = enter("supervisor").post(HOME, given)
    assert answer.status_code in (404, 422)
    assert said in words(answer)
    assert not WhatIf.objects.exists()
    if answer.status_code == 422:
        assert f'value="{given["book"]}"' in page(answer)


def test_one_at_a_time_and_cancelled_on_the_way(busy: Town, enter: In, monkeypatch: pytest.MonkeyPatch) -> None:
    run = begun(enter)
    answer = enter("auditor").post(HOME, {"book": "anhui"})
    assert answer.status_code == 422
    assert "已有一次推演在进行" in words(answer)
    monkeypatch.setattr(whatif, "BATCH", 4)
    beat = whatif_runs._beat

    def stopping(run_id: int, done: int, total: int) -> bool:
        enter("supervisor").post(f"{HOME}{run_id}/stop/")
        return beat(run_id, done, total)

    monkeypatch.setattr(whatif_runs, "_beat", stopping)
    whatif_runs.work(run.pk)
    run.refresh_from_db()
    assert (run.status, run.result) == ("stopped", None)
    assert "已取消" in words(enter("supervisor").get(f"{HOME}{run.pk}/"))
    whatif_runs.work(run.pk)
    run.refresh_from_db()
    assert run.status == "stopped", "a stopped run is not taken up again"
    assert begun(enter).pk != run.pk


def test_no_orders_is_told(busy: Town, enter: In) -> None:
    run = begun(enter, category="没有这类")
    whatif_runs.work(run.pk)
    assert "没有符合条件的工单" in words(enter("supervisor").get(f"{HOME}{run.pk}/"))


def test_who_may_and_whose_orders(busy: Town, enter: In) -> None:
    assert enter("agent").get(HOME).status_code == 403
    run = begun(enter)
    whatif_runs.work(run.pk)
    assert enter("auditor").get(f"{HOME}{run.pk}/").status_code == 200
    clerk = enter("water-clerk")
    assert clerk.get(f"{HOME}{run.pk}/").status_code == 404, "a unit sees only what its own orders gave"
    assert clerk.get(f"{HOME}{run.pk}/csv/").status_code == 404
    assert clerk.post(f"{HOME}{run.pk}/stop/").status_code == 404
    assert clerk.post(HOME, {"book": "anhui"}).status_code == 302
    own = WhatIf.objects.latest("id")
    whatif_runs.work(own.pk)
    own.refresh_from_db()
    counted = whatif_runs.tally(own).whole.old.orders
    assert 0 < counted < whatif_runs.tally(WhatIf.objects.get(pk=run.pk)).whole.old.orders


def test_nothing_of_the_orders_is_touched(busy: Town, enter: In) -> None:
    seen = "select count(*), max(id), md5(string_agg(hash::text, '' order by id)) from orders_event"
    before = session.fetch(seen)
    run = begun(enter, "lezhi")
    whatif_runs.work(run.pk)
    assert WhatIf.objects.get(pk=run.pk).status == "done"
    assert session.fetch(seen) == before


def test_the_queue_knows_the_task() -> None:
    from procrastinate.contrib.django import app

    import yixian.wiring.jobs  # noqa: F401  registers the tasks

    assert whatif_runs.TASK in app.tasks


def test_a_draft_is_tried_before_it_is_published(busy: Town, enter: In) -> None:
    version = books.library().versions("zhuhai")[-1].version
    text = starting.copied("zhuhai", version, dt.date(2027, 1, 1)).replace("limit: 10wd", "limit: 1wd")
    now = dt.datetime.now(dt.UTC)
    draft = Draft.objects.create(
        name="zhuhai", title="投诉一日办结", text=text, sha256="", author="测试", created_at=now, changed_at=now
    )
    busy.users["admin"] = parties.create_user(
        actor=access.SYSTEM, platform=busy.platform, username="admin", name="许诺", password=PASSWORD,
        roles=("administrator",), must_change_password=False,
    )  # fmt: skip
    client = enter("admin")
    assert draft.title in words(client.get(HOME))
    assert client.post(HOME, {"book": f"draft:{draft.pk}"}).status_code == 302
    run = WhatIf.objects.latest("id")
    assert "草稿" in run.title
    whatif_runs.work(run.pk)
    run.refresh_from_db()
    assert run.status == "done", run.problem
    found = whatif_runs.tally(run)
    assert found.kinds["becomes_late"] > 0
    draft.text = text.replace("owner: hotline", "owner: hotlin", 1)
    draft.save()
    broken = client.post(HOME, {"book": f"draft:{draft.pk}"})
    assert broken.status_code == 422
    assert "hotlin" in words(broken)

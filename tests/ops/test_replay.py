"""`yixian replay`: recorded orders under other rules; the control gives the record again; nothing is touched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.web import seed
from tests.web.conftest import forget_caches

from yixian.ops.replay import command
from yixian.orders import clock, session
from yixian.rulebook.loader import BUILT_IN

TOUCHED = """
select md5(string_agg(t::text, '|' order by t::text)) from (
    select to_jsonb(e) from orders_event e union all select to_jsonb(o) from orders_order o
    union all select to_jsonb(s) from orders_snapshot s union all select to_jsonb(d) from orders_deadline d
    union all select to_jsonb(a) from orders_assignment a union all select to_jsonb(r) from orders_restriction r
    union all select to_jsonb(p) from orders_precedent p union all select to_jsonb(w) from orders_waiting w
) t"""


@pytest.fixture
def busy(db: None, settings: Any) -> Iterator[seed.Town]:
    """A hotline with orders in many states, one of them with a designation, a repeat and a restriction."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget_caches()
    town = seed.town()
    now = clock.now()
    first = seed.Story(town, now - 30 * seed.DAY).register(0, subject="积水")
    first.give("dispatcher", "dispatch", 1, lead="water").give("water-clerk", "sign", 2)
    seed.Story(town, now - 29 * seed.DAY).register(6, same_as=first.number, requester={"phone": "13911112222"})
    first.give("supervisor", "designate", 2, lead="urban", reason="专题协商", by="联席会议")
    first.give("supervisor", "supervise", 1, reason="群众多次反映", by="hotline")
    seed.Story(town, now - 20 * seed.DAY).register(1).give("supervisor", "restrict_caller", 1, reason="恶意拨打")
    stretched = seed.Story(town, now - 25 * seed.DAY).register(7).give("dispatcher", "dispatch", 1, lead="water")
    stretched.give("water-clerk", "sign", 2).give("water-clerk", "request_extension", 24, reason="需要勘察")
    stretched.give("dispatcher", "approve_extension", 2)
    told = "时间: 当日。经过: 已联系物业 13812345678。结果: 已处理。依据: 管理规定。"
    answered = seed.Story(town, now - 12 * seed.DAY).register(0).give("dispatcher", "dispatch", 1, lead="water")
    answered.give("water-clerk", "sign", 2).give("water-clerk", "reply", 3, text=told, contacted=True)
    yield town
    forget_caches()


def run(*arguments: str) -> Result:
    """The command with these arguments."""
    return CliRunner().invoke(command, list(arguments))


def told(*arguments: str) -> dict[str, Any]:
    """What it says as JSON."""
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.output)
    return found


def fast_book(folder: Path) -> Path:
    """The seed's book with a shorter limit for complaints."""
    source = next((BUILT_IN / "zhuhai").glob("*.yaml"))
    text = source.read_text(encoding="utf-8")
    assert "limit: 10wd" in text
    target = folder / "zhuhai" / "2030-01-01.yaml"
    target.parent.mkdir()
    target.write_text(
        text.replace("limit: 10wd", "limit: 1wd").replace("effective: 2023-09-01", "effective: 2030-01-01")
        .replace("expires: 2028-08-31", "expires: 2035-08-31"),
        encoding="utf-8",
    )  # fmt: skip
    return target


def test_under_its_own_book_nothing_differs_and_the_control_holds(busy: seed.Town) -> None:
    found = told("--book", "zhuhai", "--orders", "all", "--control")
    assert found["orders"] == found["whole"]["old"]["orders"] == 17
    assert found["control_failed"] == []
    assert found["kinds"] == {}
    assert found["whole"]["old"] == found["whole"]["new"]
    assert (found["unread"], found["without_own"], found["unknown"]) == (0, 0, {})


def test_a_shorter_limit_makes_orders_late_and_says_why(busy: seed.Town, tmp_path: Path) -> None:
    found = told("--book", str(fast_book(tmp_path)), "--orders", "category=投诉")
    assert found["kinds"]["becomes_late"] > 0
    assert found["whole"]["new"]["late"] > found["whole"]["old"]["late"]
    sample = found["samples"]["becomes_late"][0]
    assert sample["old"]["reply"] != "late"
    assert sample["new"]["reply"] == "late"
    assert any("1个工作日" in words.replace(" ", "") and basis for words, basis in sample["reasons"])
    assert set(found["by_category"]) == {"投诉"}
    assert sum(group["old"]["orders"] for group in found["by_unit"].values()) == found["orders"]
    assert sum(group["different"] for group in found["by_month"].values()) == found["whole"]["different"]


@pytest.mark.parametrize("other", ["anhui", "lezhi", "changzhi", "neimenggu"])
def test_orders_can_be_tried_under_another_jurisdiction(busy: seed.Town, other: str) -> None:
    found = told("--book", other, "--orders", "all")
    whole = found["whole"]
    assert whole["new"]["orders"] + whole["not_taken"] == found["orders"]
    assert found["kinds"]["due"] > 0
    assert found["unread"] == 0


def test_nothing_is_written(busy: seed.Town) -> None:
    before = session.fetch(TOUCHED)
    told("--book", "lezhi", "--orders", "all", "--control")
    assert session.fetch(TOUCHED) == before


def test_it_is_told_in_words(busy: seed.Town) -> None:
    result = run("--book", "changzhi", "--orders", "since=2020-01-01", "--control")
    assert result.exit_code == 0
    for words in ("按时率", "按类别", "按承办单位", "与记录完全一致", "工单未作任何改动"):
        assert words in result.output


@pytest.mark.parametrize(
    ("book", "orders", "words"),
    [
        ("zhuhia", "all", "zhuhai"),
        ("zhuhai@2023", "all", "没有版本"),
        ("nowhere.yaml", "all", "没有文件"),
        ("draft:x", "all", "草稿编号应为数字"),
        ("", "all", "请写明要推演的规则书"),
        ("zhuhai", "categry=投诉", "category"),
        ("zhuhai", "投诉", "名称=值"),
        ("zhuhai", "since=2025-13-01", "应为日期"),
        ("zhuhai", "since=2025-02-01&until=2025-01-01", "写反了"),
        ("zhuhai", "state=hanling", "handling"),
        ("zhuhai", "card=blue", "yellow 或 red"),
        ("zhuhai", "category=没有这类", "没有符合条件的工单"),
        ("zhuhai", "platform=nowhere", "没有代码为"),
        ("zhuhai", "since=2025-01-01&since=2025-02-01", "写了两次"),
    ],
)
def test_bad_input_is_told_plainly(busy: seed.Town, book: str, orders: str, words: str) -> None:
    result = run("--book", book, "--orders", orders)
    assert result.exit_code == 1
    assert words in result.output
    assert "Traceback" not in result.output


def test_a_broken_file_is_named_with_line_and_remedy(busy: seed.Town, tmp_path: Path) -> None:
    broken = fast_book(tmp_path)
    broken.write_text(
        broken.read_text(encoding="utf-8").replace("owner: hotline", "owner: hotlin", 1), encoding="utf-8"
    )
    result = run("--book", str(broken), "--orders", "all")
    assert result.exit_code == 1
    assert "第" in result.output
    assert "hotline" in result.output


def test_a_limit_out_of_bounds_is_refused(busy: seed.Town) -> None:
    assert "最多推演" in run("--book", "zhuhai", "--orders", "all", "--limit", "100001").output
    assert told("--book", "zhuhai", "--orders", "all", "--limit", "3")["orders"] == 3


def test_masks_made_after_the_reply_are_no_defect_of_it(busy: seed.Town) -> None:
    from yixian.rulemaking.whatif_records import records

    rows = session.fetch("select order_id, seq, data->>'text' from orders_event where data->'sealed' ? 'text'")
    replied = [(order_id, seq) for order_id, seq, text in rows if "已联系物业" in text]
    assert len(replied) == 1
    order_id, seq = replied[0]
    words = records([order_id])[0].facts("reply", 0, seq).unmasked
    assert words is not None
    assert "*" not in words
    assert "13812345678" not in words

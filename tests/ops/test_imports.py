"""Brought tables: what is read, what is refused in clear words, and that nothing is imported twice."""

from __future__ import annotations

import csv
import signal
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from openpyxl import Workbook

from yixian.ops import imports_mapping, imports_values
from yixian.ops.imports import group
from yixian.ops.imports_reading import ReadError, inspect, read
from yixian.orders.models import Event, Order
from yixian.parties import actions as parties
from yixian.parties.access import SYSTEM
from yixian.parties.models import Platform, Unit


def _run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(group, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


@pytest.fixture
def platform(db) -> Platform:
    return parties.create_platform(actor=SYSTEM, code="bring", name="试点市热线", level="city", book="national")


# --- reading ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_in_the_usual_encodings(encoding: str, messages_csv: Callable[..., Path]) -> None:
    table = inspect(messages_csv([["标题", "内容"], ["路灯", "路灯坏了\n第二行"], ["", ""], ["水", "停水"]], encoding))
    assert table.columns == ("标题", "内容")
    rows = list(read(table))
    assert [row.values["内容"] for row in rows] == ["路灯坏了\n第二行", "停水"]
    assert rows[0].number == 2


def test_a_title_above_the_header_is_passed_over(tmp_path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    for row in (["2024 年来信汇总"], ["标题", "内容"], ["路灯", "坏了"]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    table = inspect(tmp_path / "a.xlsx")
    assert table.header_row == 2
    assert [row.number for row in read(table)] == [3]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.xlsx", b"PK\x03\x04 broken", "不是完整的 xlsx"),
        ("a.xlsx", b"not a zip at all", "不是完整的 xlsx"),
        ("a.xlsx", b"", "是空的"),
        ("a.xls", b"\xd0\xcf\x11\xe0", "另存为 xlsx"),
        ("a.pdf", b"%PDF", "可以导入的是 xlsx 和 csv"),
        ("a.csv", b"\xff\xfe\x00\x01\x02", "不是文本"),
        ("a.csv", "标题,内容\n".encode() + b"\x81\xff\xff\xff", "编码既不是"),
        ("a.csv", b"PK\x03\x04", "其实是 xlsx"),
        ("a.csv", b"\n\n\n", "没有表头"),
    ],
)
def test_a_file_that_is_no_table_is_explained(name: str, content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ReadError, match=words):
        inspect(path)


def test_a_zip_that_is_no_workbook_and_a_missing_sheet(tmp_path: Path, messages_xlsx: Callable[[int], Path]) -> None:
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w") as archive:
        archive.writestr("readme.txt", "nothing")
    with pytest.raises(ReadError, match="不是完整的 xlsx"):
        inspect(tmp_path / "b.xlsx")
    with pytest.raises(ReadError, match="没有工作表 '二月'; 现有的有: Sheet"):
        inspect(messages_xlsx(1), "二月")
    with pytest.raises(ReadError, match="没有文件"):
        inspect(tmp_path / "none.csv")


def test_columns_are_guessed_said_and_left_out(messages_csv: Callable[..., Path]) -> None:
    table = inspect(messages_csv([["编号", "内容", "备注"], ["1", "路灯", "x"]]))
    fields = imports_mapping.MESSAGE_FIELDS
    assert imports_mapping.mapping(table, fields, ()) == {"text": "内容", "number": "编号"}
    said = imports_mapping.mapping(table, fields, ("备注=诉求内容", "编号="))
    assert said == {"text": "备注"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("备住=subject", "是否指 '备注'"),
        ("备注=subjekt", "是否指 subject"),
        ("备注", "应为 列=字段"),
        ("内容=", "缺少必需的列: text"),
    ],
)
def test_a_wrong_mapping_is_explained(given: str, words: str, messages_csv: Callable[..., Path]) -> None:
    table = inspect(messages_csv([["编号", "内容", "备注"], ["1", "路灯", "x"]]))
    with pytest.raises(ReadError, match=words):
        imports_mapping.mapping(table, imports_mapping.MESSAGE_FIELDS, (given,))


@pytest.mark.parametrize("text", ["2024-03-05 14:30", "2024/3/5 14:30:00", "2024年3月5日 14:30", "2024-03-05T14:30"])
def test_moments_as_people_write_them(text: str) -> None:
    assert imports_values.moment(text) == 1709620200


def test_a_moment_that_is_none_is_named() -> None:
    with pytest.raises(imports_values.BadValue, match="2024-02-30"):
        imports_values.moment("2024-02-30")


# --- messages -----------------------------------------------------------------------------------------------------


def test_messages_become_orders_once(platform: Platform, messages_xlsx: Callable[[int], Path]) -> None:
    file = messages_xlsx(12)
    code, said = _run("messages", file, "--platform", "bring", "--dry-run")
    assert code == 0
    assert "可以登记 12 件" in said
    assert Order.objects.count() == 0
    assert _run("messages", file, "--platform", "bring")[0] == 0
    assert Order.objects.count() == 12
    code, said = _run("messages", file, "--platform", "bring")
    assert code == 1
    assert "--resume" in said
    assert "以前已登记 12 件" in _run("messages", file, "--platform", "bring", "--resume")[1]
    assert Order.objects.count() == 12


def test_what_is_skipped_is_listed_with_its_row(
    platform: Platform, messages_csv: Callable[..., Path], tmp_path: Path
) -> None:
    rows = [
        ["标题", "内容", "类别", "时间", "电话"],
        ["好的", "路灯坏了 😀", "求助", "2024-03-05", "13800000000"],
        ["无字", " ", "求助", "", ""],
        ["怪类", "内容在此", "点赞", "", ""],
        ["坏时间", "内容在此", "求助", "三月五日", ""],
        ["太长", "长" * 20001, "求助", "", ""],
    ]
    listed = tmp_path / "skipped.csv"
    code, said = _run("messages", messages_csv(rows), "--platform", "bring", "--report", listed)
    assert code == 0
    assert "登记 1 件" in said
    assert "跳过 4 行" in said
    with listed.open(encoding="utf-8-sig", newline="") as file:
        found = {row["行号"]: row["原因"] for row in csv.DictReader(file)}
    assert found["3"] == "诉求内容为空"
    assert "诉求类别 '点赞' 不在规则书之列" in found["4"]
    assert "时间 '三月五日' 不能识别" in found["5"]
    assert "诉求内容过长" in found["6"]


def test_a_list_that_cannot_be_written_is_explained(
    platform: Platform, messages_csv: Callable[..., Path], tmp_path: Path
) -> None:
    file = messages_csv([["标题", "内容"], ["无字", ""], ["有字", "路灯坏了"]])
    code, said = _run("messages", file, "--platform", "bring", "--report", tmp_path / "no" / "such" / "folder.csv")
    assert code == 1
    assert "写不进去" in said
    assert Order.objects.count() == 0


def test_a_changed_mapping_does_not_import_a_row_twice(
    platform: Platform, messages_csv: Callable[..., Path], tmp_path: Path
) -> None:
    file = messages_csv([["标题", "内容"], ["一", "路灯坏了"]])
    _run("messages", file, "--platform", "bring")
    report = ("--report", tmp_path / "s.csv")
    _, said = _run("messages", file, "--platform", "bring", "--resume", "--map", "标题=place", *report)
    assert "以前导入过" in said
    assert Order.objects.count() == 1


def test_unknown_targets_are_named(platform: Platform, messages_xlsx: Callable[[int], Path]) -> None:
    file = messages_xlsx(1)
    assert "没有代码为 'nowhere' 的平台。现有的平台: bring" in _run("messages", file, "--platform", "nowhere")[1]
    assert "没有规则书 'nothing'" in _run("messages", file, "--book", "nothing")[1]
    assert "请用 --platform" in _run("messages", file)[1]


def test_phone_numbers_do_not_reach_the_log(platform: Platform, messages_csv: Callable[..., Path]) -> None:
    rows = [["姓名", "电话", "内容"], ["王小明", "13812345678", "我的电话 13812345678, 路灯坏了"]]
    _run("messages", messages_csv(rows), "--platform", "bring")
    for event in Event.objects.all():
        assert "13812345678" not in str(event.data)
        assert "王小明" not in str(event.data)


@pytest.mark.slow
def test_an_import_killed_at_random_is_resumed(
    start, own_environment: dict[str, str], messages_xlsx: Callable[[int], Path]
) -> None:
    file = messages_xlsx(1500)
    arguments = ("import", "messages", str(file), "--book", "national", "--resume")
    with psycopg.connect(own_environment["DATABASE_URL"], autocommit=True) as connection:
        count = "select count(*) from orders_order o join parties_platform p on p.id = o.platform_id where p.code = %s"

        def made() -> int:
            row = connection.execute(count, ["import-national"]).fetchone()
            assert row is not None
            return int(row[0])

        process = start(*arguments)
        deadline = time.monotonic() + 60
        while made() == 0 and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert 0 < made() < 1500, "killed in the middle"
        again = start(*arguments)
        out, error = again.communicate(timeout=120)
        assert again.returncode == 0, error
        assert made() == 1500
    assert "跳过 0 行" in out


# --- history ------------------------------------------------------------------------------------------------------

_HISTORY = [
    ["工单编号", "登记时间", "处置单位", "诉求性质", "大类", "中类", "小类", "街道", "社区", "按时办结", "超期办结"],
    ["A1", "2023-05-08 09:30:00", "城管局", "投诉", "市容环卫", "市容城管", "乱摆卖", "东街道", "和平社区", "1", "0"],
    ["A2", "2023-05-08 10:00:00", "水务局", "求决", "环保水务", "供水", "停水", "东街道", "新社区", "0", "1"],
    ["A2", "2023-05-09 10:00:00", "水务局", "投诉", "环保水务", "供水", "停水", "东街道", "新社区", "1", "0"],
    ["A3", "2023-05-09 10:00:00", "", "投诉", "环保水务", "供水", "停水", "东街道", "新社区", "1", "0"],
    ["A4", "2199-05-09 10:00:00", "水务局", "投诉", "环保水务", "供水", "停水", "东街道", "新社区", "1", "0"],
]


def test_closed_history_is_lived_again(db, messages_csv: Callable[..., Path], tmp_path: Path) -> None:
    file = messages_csv(_HISTORY, name="历史.csv")
    arguments = ("orders", file, "--book", "anhui", "--report", tmp_path / "s.csv")
    assert "可以导入 2 件" in _run(*arguments, "--dry-run")[1]
    code, said = _run(*arguments)
    assert code == 0, said
    assert "导入 2 件, 跳过 3 行" in said
    first, second = Order.objects.order_by("registered_at")
    assert {first.state, second.state} == {"archived"}
    assert (first.channel, first.upstream_no, first.place) == ("历史导入", "A1", "东街道和平社区")
    assert f"{first.registered_at:%Y-%m-%d}" == "2023-05-08"
    assert sorted(Unit.objects.values_list("name", flat=True)) == ["城管局", "水务局"]
    late = set(Event.objects.filter(kind="late", data__clock="reply").values_list("order_id", flat=True))
    assert late == {second.pk}
    events = Event.objects.count()
    assert _run(*arguments)[0] == 0
    assert Event.objects.count() == events


def test_history_from_before_the_rules_is_not_imported(db, messages_csv: Callable[..., Path], tmp_path: Path) -> None:
    arguments = ("orders", messages_csv(_HISTORY), "--book", "zhuhai", "--report", tmp_path / "s.csv")
    code, said = _run(*arguments)
    assert code == 0
    assert "登记时规则书不适用: 3 行" in said
    assert Order.objects.count() == 0
    assert "--limit '十天' 写法不对" in _run(*arguments, "--limit", "十天")[1]


def test_real_history(db, shared_data: Path, tmp_path: Path) -> None:
    file = shared_data / "routing" / "pingshan_8000.csv"
    report = ("--report", tmp_path / "s.csv")
    code, said = _run("orders", file, "--book", "changzhi", "--limit", "10wd", "--first", "40", *report)
    assert code == 0, said
    assert "导入 40 件, 跳过 17 行" in said
    assert set(Order.objects.values_list("state", flat=True)) == {"archived"}

"""The benchmark measures what it says it does. Never a time: only that the work was done, and what is said of it."""

from __future__ import annotations

import datetime as dt
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from yixian.ops import bench
from yixian.ops.bench import client, fill, machine, pure, raw, report, run, story
from yixian.ops.bench.client import Plan
from yixian.ops.bench.raw import Written
from yixian.ops.bench.report import Line, Part

NOON = int(dt.datetime(2025, 9, 15, 4, tzinfo=dt.UTC).timestamp())


def test_the_path_of_an_order_is_one_that_its_book_accepts() -> None:
    known = story.rules(NOON)
    for index, unit in enumerate(story.UNITS):
        decisions = story.told(known, story.commands(unit, index), NOON, "202509150010001")
        assert decisions[-1][0].state.state == "archived"
        assert [decision.events[-1].kind for decision, _ in decisions][:3] == ["registered", "dispatched", "signed"]


def test_decisions_and_deadlines_are_counted_and_agree_with_numpy() -> None:
    part = pure.core(0.05)
    assert [line.title for line in part.lines][:2] == ["决定", "时限"]
    assert all(line.value > 0 for line in part.lines)
    assert part.details["same"] + part.details["over_makeup"] == 20_000
    assert part.details["same"] > 10_000


# --- the load generator -------------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[tuple[int, list[bytes]]]:
    """A server that answers every request in two pieces, the third one of a connection with a refusal."""
    listener = socket.create_server(("127.0.0.1", 0))
    got: list[bytes] = []

    def serve(peer: socket.socket) -> None:
        with peer:
            for count in range(100):
                request = b""
                while b"\r\n\r\n" not in request:
                    data = peer.recv(4096)
                    if not data:
                        return
                    request += data
                got.append(request)
                status = b"409 Conflict" if count == 2 else b"200 OK"
                peer.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Len")
                peer.sendall(b'gth: 7\r\nServer: x\r\n\r\n{"a"')
                peer.sendall(b":1}")

    def accept() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(peer,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield listener.getsockname()[1], got
    listener.close()


def test_each_client_sends_its_requests_one_after_the_other(server: tuple[int, list[bytes]]) -> None:
    port, got = server
    clients = [[f"GET /{name}/{place} HTTP/1.1\r\n\r\n".encode() for place in range(4)] for name in "ab"]
    seen = client.drive(Plan("127.0.0.1", port, 60, clients))
    assert [len(times) for times in seen.milliseconds] == [4, 4]
    assert seen.statuses == {"200": 6, "409": 2}
    assert "409 Conflict" in seen.refused
    for name in "ab":
        mine = [request for request in got if request.startswith(f"GET /{name}/".encode())]
        assert mine == [f"GET /{name}/{place} HTTP/1.1\r\n\r\n".encode() for place in range(4)]


def test_a_client_stops_when_the_time_is_over(server: tuple[int, list[bytes]]) -> None:
    port, _ = server
    seen = client.drive(Plan("127.0.0.1", port, 0, [[b"GET / HTTP/1.1\r\n\r\n"] * 50]))
    assert len(seen.milliseconds[0]) == 1


# --- pgbench's script ---------------------------------------------------------------------------------------------


def test_the_script_repeats_what_a_command_wrote() -> None:
    order = (
        "dispatched",
        "water",
        "投诉",
        "phone",
        None,
        None,
        None,
        "摘要",
        None,
        None,
        "{}",
        "",
        5,
        None,
        9,
        "reply",
    )
    written = Written(
        "dispatch",
        [(2, "dispatched", 5, "hotline", 1, '{"to": "dispatched"}', "{zhuhai:10.1}")],
        order,
        '{"state": "dispatched"}',
        10,
        [("reply", "unit", "water", 5, None, 9, "5wd", "running", False, False)],
        [("water", "lead", 1, 5, None, False, None, None)],
    )
    script = raw.script([written], base=100, share=10)
    text = script.text()
    for statement in (
        *(
            "select o.id",
            "for update of s",
            "insert into orders_event",
            "update orders_snapshot",
            "update orders_order",
        ),
        *("insert into orders_deadline", "insert into orders_assignment", "insert into orders_idempotencykey"),
    ):
        assert text.count(statement) == 1, statement
    assert text.count("begin;") == text.count("commit;") == 1
    assert '{"state": "dispatched"}' in script.variables.values()
    assert all(f":{name}" in text for name in script.variables)
    assert all(script.variables.values()), "pgbench takes no empty variable"


def test_pgbenchs_figure_is_read_or_missed_loudly() -> None:
    printed = "number of transactions actually processed: 42\ntps = 123.5 (without initial connection time)\n"
    assert raw.transactions_per_second(printed) == 123.5
    assert raw.transactions(printed) == 42
    with pytest.raises(ValueError, match="no figure"):
        raw.transactions_per_second("failed")


# --- filling ------------------------------------------------------------------------------------------------------


def test_copies_fill_every_column_of_every_table() -> None:
    made = fill.statements()
    assert [statement.split()[2] for statement in made] == list(fill.TABLES)
    assert "r.requester" in made[0]
    assert "query_code_hash" in made[0]
    assert "replace(r.body::text" in made[1]
    assert fill.columns("orders_event")[0] == "order_id", "an event's own id comes from its sequence"


# --- the command and its words ------------------------------------------------------------------------------------


def test_the_table_says_honestly_what_was_reached() -> None:
    part = Part(
        "a", "指令", [report.at_least("a", "八个客户端", 799.0, "条/秒", 800), report.below("a", "p95", 12.5, "毫秒")]
    )
    text = report.table([part])
    assert "未达到" in text
    assert "≥ 800" in text
    assert part.lines[0].reached is False
    assert part.lines[1].reached is None
    assert report.below("h", "内存", 250, "MB", 250).reached is False
    assert report.at_least("g", "时限", 300_000, "", 300_000).reached is True


def test_percentiles_and_widths() -> None:
    values = [float(value) for value in range(1, 101)]
    assert report.percentile(values, 0.5) == 51
    assert report.percentile(values, 0.95) == 96
    assert report.percentile([], 0.95) == 0
    assert report.width("p95 毫秒") == 8
    assert [report.shown(value) for value in (12345.6, 0.634, 12.34, 8.0)] == ["12,346", "0.63", "12.3", "8"]


def test_the_command_runs_the_parts_asked_for_and_writes_json(tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    done = CliRunner().invoke(bench.command, ["--only", "g", "--seconds", "1", "--json", str(file)])
    assert done.exit_code == 0, done.output
    assert "(g) 纯计算" in done.output
    assert "numpy" in done.output
    found = json.loads(file.read_text(encoding="utf-8"))
    assert [part["part"] for part in found["parts"]] == ["g"]
    assert found["machine"]["cores"] >= 1


@pytest.mark.slow
def test_every_part_runs_on_a_database_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    command = [sys.executable, "-m", "yixian.ops.cli", "bench", "--only", "a,b,c,d,e,f,h", "--seconds", "1"]
    command += ["--scale", "2k,4k", "--deadlines", "10000", "--json", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=540, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found = {part["part"]: part for part in json.loads(file.read_text(encoding="utf-8"))["parts"]}
    assert sorted(found) == ["a", "b", "c", "d", "e", "f", "h"]
    for name in "ab":
        for measured in found[name]["details"]["runs"].values():
            assert set(measured["statuses"]) == {"200"}
    assert all(set(found["c"]["details"][clients]["statuses"]) == {"201"} for clients in ("1", "8"))
    assert found["f"]["details"]["orders"] == 2000
    assert "differences" not in found["f"]["details"]
    assert found["d"]["details"]["sizes"]["orders_order"]["rows"] == 4000
    assert found["e"]["details"]["running"] >= 10_000


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--only", "z"], "没有项目 z"),
        (["--only", ""], "没有项目"),
        (["--scale", "ten"], "不是可用的件数"),
        (["--scale", "100"], "2000 至 9m"),
        (["--seconds", "0"], "0"),
    ],
)
def test_wrong_options_are_explained(arguments: list[str], words: str) -> None:
    done = CliRunner().invoke(bench.command, arguments)
    assert done.exit_code == 2
    assert words in done.output


def test_scales_are_read_as_people_write_them() -> None:
    assert run.Scales().convert("1m,10k, 2500", None, None) == (2500, 10_000, 1_000_000)


def test_shares_of_the_cores_time_lie_between_two_readings() -> None:
    before, after = machine.Cores(100, 40, 1), machine.Cores(110, 43, 2)
    assert after.since(before) == (0.3, 0.1)
    assert before.since(before) == (0, 0)
    assert machine.cores().total >= before.since(after)[0]


def test_the_machine_is_described() -> None:
    found = machine.machine()
    assert found.cores >= 1
    assert found.memory_mb > 0
    assert 0 < found.pace[0] <= found.pace[1]
    mine = machine.memory(machine.family(machine.os.getpid())[0])
    assert mine is not None
    assert 0 < mine.pss <= mine.rss + 1
    assert Line("a", "x", 1.0, "").reached is None

"""A database of their own for tests that run `yixian` as a process; small files as people bring them."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from openpyxl import Workbook

from yixian.ops.embedded import Cluster

SENTENCES = (
    ("路灯不亮", "城东路口的路灯坏了一个多星期, 晚上看不清路, 希望派人维修。"),
    ("咨询公积金", "请问租房提取公积金需要什么材料, 在哪里办理?"),
    ("投诉物业", "小区物业不清运垃圾, 多次沟通没有结果, 要求整改。"),
    ("举报占道", "菜市场外面占道经营, 消防通道被堵, 属于违法行为。"),
    ("工资没有发", "在工地干活三个月, 工资一直没有发, 请帮忙。"),
    ("建议增设公交", "建议新区增设一条公交线路, 方便老人就医。"),
    ("停水", "小区停水两天了, 没有收到通知。"),
    ("噪音", "楼下烧烤店夜里噪音很大, 油烟也大。"),
)


@pytest.fixture(scope="session")
def own_environment(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of processes that work on a migrated database which nobody else uses."""
    home = tmp_path_factory.mktemp("ops-home")
    environment = {**os.environ, "DATABASE_URL": cluster.create_database("ops_processes"), "YIXIAN_HOME": str(home)}
    environment.pop("YIXIAN_DB_ROLE", None)
    subprocess.run(
        [sys.executable, "-m", "yixian.ops.cli", "migrate"], check=True, env=environment, capture_output=True
    )
    return environment


Started = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(own_environment: dict[str, str]) -> Iterator[Started]:
    """Starts `yixian` with arguments; what still runs at the end is killed."""
    begun: list[subprocess.Popen[str]] = []

    def run(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "yixian.ops.cli", *arguments],
            env=own_environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        begun.append(process)
        return process

    yield run
    for process in begun:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def messages_xlsx(tmp_path: Path) -> Callable[[int], Path]:
    """Makes a file of so many own-written messages as an online platform exports them."""

    def make(count: int) -> Path:
        book = Workbook()
        page = book.active
        assert page is not None
        page.append(["留言编号", "留言用户", "留言主题", "留言时间", "留言详情"])
        for number in range(1, count + 1):
            subject, text = SENTENCES[number % len(SENTENCES)]
            page.append(
                [number, f"用户{number}", subject, f"2024/1/{number % 28 + 1} 10:00:00", f"{text} (第 {number} 件)"]
            )
        path = tmp_path / f"来信{count}.xlsx"
        book.save(path)
        return path

    return make


@pytest.fixture
def messages_csv(tmp_path: Path) -> Callable[..., Path]:
    """Makes a csv file of rows (the first one the header) in an encoding."""

    def make(rows: list[list[str]], encoding: str = "utf-8-sig", name: str = "来信.csv") -> Path:
        path = tmp_path / name
        with path.open("w", encoding=encoding, newline="") as file:
            csv.writer(file).writerows(rows)
        return path

    return make

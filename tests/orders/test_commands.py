"""`yixian orders rebuild`, `yixian audit` and `yixian sweep` as an operator sees them."""

from __future__ import annotations

import json

from click.testing import CliRunner
from django.db import connection

from yixian.ops import orders_cli, sweeper

from .conftest import World


def test_rebuild_says_what_differs_and_mends_it(world: World) -> None:
    number = world.handling()
    run = CliRunner()
    fine = run.invoke(orders_cli.group, ["rebuild"])
    assert (fine.exit_code, "全部一致" in fine.output) == (0, True)
    with connection.cursor() as cursor:
        cursor.execute("update orders_order set lead = '错误的单位'")
    bad = run.invoke(orders_cli.group, ["rebuild"])
    assert bad.exit_code == 1
    assert f"{number} 列表栏目" in bad.output
    assert "--repair" in bad.output
    told = json.loads(run.invoke(orders_cli.group, ["rebuild", "--json"]).output)
    assert (told["orders"], told["different"], told["events"]) == (1, 1, 3)
    assert run.invoke(orders_cli.group, ["rebuild", "--repair"]).exit_code == 0
    assert run.invoke(orders_cli.group, ["rebuild", "--platform", "zhuhai"]).exit_code == 0
    unknown = run.invoke(orders_cli.group, ["rebuild", "--platform", "nowhere"])
    assert unknown.exit_code == 1
    assert "没有代码为" in unknown.output


def test_audit_names_the_first_broken_link(world: World) -> None:
    number = world.handling()
    run = CliRunner()
    sealed = run.invoke(orders_cli.audit, ["anchor"])
    assert "封存事件 3 条" in sealed.output
    assert len(sealed.output.split()[-1]) == 64
    assert "没有新事件" in run.invoke(orders_cli.audit, ["anchor"]).output
    fine = run.invoke(orders_cli.audit, ["verify"])
    assert (fine.exit_code, "全部完好" in fine.output) == (0, True)
    with connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        cursor.execute("update orders_event set by = '他人' where seq = 2")
        cursor.execute("set local session_replication_role = origin")
    broken = run.invoke(orders_cli.audit, ["verify"])
    assert broken.exit_code == 1
    assert f"断裂: {number}: 第 2 条事件 (dispatched) 的内容与其哈希不符" in broken.output
    told = json.loads(run.invoke(orders_cli.audit, ["verify", "--json"]).output)
    assert (told["whole"], told["breaks"][0]["number"], told["breaks"][0]["seq"]) == (False, number, 2)


def test_the_sweep_once(world: World) -> None:
    world.handling()
    swept = CliRunner().invoke(sweeper.command, ["--workers", "1"])
    assert swept.exit_code == 0
    assert "处理工单 1 件" in swept.output

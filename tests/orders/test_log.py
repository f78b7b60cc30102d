"""The log is append-only for everybody, and whoever gets around that is found out."""

from __future__ import annotations

import json

import pytest
from django.db import Error, connection, transaction

from yixian.orders import audit, chain, fence, rebuild
from yixian.orders.models import Anchor

from .conftest import START, WATER, World


def _as_role(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"set local role {fence.ROLE}")
        cursor.execute(sql)


def _tamper(sql: str) -> None:
    """What a superuser could do: switch the triggers off and write."""
    with connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        cursor.execute(sql)
        assert cursor.rowcount > 0
        cursor.execute("set local session_replication_role = origin")


@pytest.mark.parametrize(
    "sql",
    [
        "update orders_event set by = '他人'",
        "delete from orders_event",
        "truncate orders_event",
        "update orders_anchor set count = 0",
        "delete from orders_anchor",
        "truncate orders_anchor",
        "alter table orders_event disable trigger append_only",
    ],
)
def test_the_role_of_the_processes_cannot_change_the_log(world: World, sql: str) -> None:
    world.register()
    audit.anchor()
    with pytest.raises(Error, match=r"permission denied|must be owner"):
        _as_role(sql)


def test_the_role_can_do_all_the_work(world: World) -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"set local role {fence.ROLE}")
        number = world.handling()
        world.give(number, "supplement", text="电话 13800138000", now=START + 600)
        assert audit.anchor() is not None
        assert rebuild.run(repair=True).different == 0
        with connection.cursor() as cursor:
            cursor.execute("reset role")


@pytest.mark.parametrize("sql", ["update orders_event set by = '他人'", "delete from orders_event"])
def test_even_the_owner_is_refused(world: World, sql: str) -> None:
    world.register()
    with pytest.raises(Error, match="只能追加"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ('update orders_event set data = data || \'{"note": "改过"}\' where seq = 2', "内容与其哈希不符"),
        ("update orders_event set at = at + interval '1 hour' where seq = 2", "内容与其哈希不符"),
        ("update orders_event set by = '他人' where seq = 2", "内容与其哈希不符"),
        ("update orders_event set actor_user = 1 where seq = 2", "内容与其哈希不符"),
        ("update orders_event set basis = '{}' where seq = 2", "内容与其哈希不符"),
        ("update orders_event set hash = prev where seq = 2", "内容与其哈希不符"),
        ("update orders_event set prev = hash where seq = 2", "前一条被改动"),
        ("delete from orders_event where seq = 2", "中间的事件被删除"),
        ("delete from orders_event where seq = 3", "末尾的事件被删除"),
        ("delete from orders_event", "事件已被删除"),
    ],
)
def test_tampering_is_found(world: World, sql: str, words: str) -> None:
    number = world.handling()
    assert audit.verify().whole
    _tamper(sql)
    report = audit.verify()
    assert report.first is not None
    assert report.first.number == number
    assert words in report.first.words


def test_a_whole_chain_written_anew_breaks_the_anchor(world: World) -> None:
    number = world.handling()
    sealed = audit.anchor()
    assert sealed is not None
    assert sealed.count == 3
    assert audit.anchor() is None
    with connection.cursor() as cursor:
        cursor.execute(
            "select seq, kind, extract(epoch from at)::bigint, by, actor_user, data, basis "
            "from orders_event order by seq"
        )
        rows = cursor.fetchall()
    prev = chain.START
    for seq, kind, at, by, actor, data, basis in rows:
        forged = json.loads(data) | {"note": "整条链重写"}
        after = chain.link(prev, number, seq, kind, at, by, actor, chain.encode(forged), basis)
        _tamper(
            f"update orders_event set data = data || '{{\"note\": \"整条链重写\"}}', prev = '\\x{prev.hex()}', "
            f"hash = '\\x{after.hex()}' where seq = {seq}"
        )
        prev = after
    _tamper(f"update orders_snapshot set chain = '\\x{prev.hex()}'")
    report = audit.verify()
    assert [item.words[:4] for item in report.breaks] == [f"锚点 {sealed.id}"[:4]]
    assert "封存" in report.breaks[0].words


def test_a_missing_or_changed_anchor_is_found(world: World) -> None:
    for step in range(3):
        world.register(now=START + step)
        audit.anchor()
    assert audit.verify().anchors == 3
    middle = Anchor.objects.order_by("id")[1].id
    _tamper(f"delete from orders_anchor where id = {middle}")
    assert any("不相连" in item.words for item in audit.verify().breaks)


def test_events_after_the_last_anchor_are_counted(world: World) -> None:
    number = world.handling()
    audit.anchor()
    world.give(number, "contact", WATER, reached=True)
    report = audit.verify()
    assert (report.whole, report.anchors, report.unanchored) == (True, 1, 1)


def test_merkle_roots_tell_order_and_number() -> None:
    leaves = [bytes([n]) * 32 for n in range(1, 8)]
    roots = {chain.merkle(leaves[:n]) for n in range(8)}
    assert len(roots) == 8
    assert chain.merkle(leaves) != chain.merkle(leaves[::-1])

"""The embedded database: starts, is reused, searches Chinese, stops; an unreachable one is explained in Chinese."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import psycopg
import pytest

from yixian.ops import embedded
from yixian.ops.embedded import Cluster, DatabaseUnavailable


def test_a_second_start_reuses_the_running_server(cluster: Cluster) -> None:
    assert cluster.running()
    assert cluster.start() is False


def test_databases_are_made_once_and_know_chinese_trigrams(cluster: Cluster) -> None:
    url = cluster.create_database("made_twice")
    assert cluster.create_database("made_twice") == url
    with psycopg.connect(url) as connection:
        row = connection.execute("select cardinality(show_trgm('路灯坏了')), current_setting('timezone')").fetchone()
    assert row == (5, "UTC")


def test_a_wrong_password_is_refused(cluster: Cluster) -> None:
    url = cluster.url()
    password = url.split(":")[2].split("@")[0]
    with pytest.raises(DatabaseUnavailable, match="连不上数据库") as caught:
        embedded.check(url.replace(password, "wrong"))
    assert password not in str(caught.value)


def test_a_server_that_is_not_there_is_explained() -> None:
    with pytest.raises(DatabaseUnavailable, match="请确认数据库已启动"):
        embedded.check("postgresql://u:p@127.0.0.1:9/nothing")


def test_the_benchmark_program_comes_along(cluster: Cluster) -> None:
    assert embedded.pgbench_path().is_file()


def test_data_survives_a_restart() -> None:
    folder = Path(tempfile.mkdtemp(prefix="yixian-pg-"))
    folder.chmod(0o755)
    own = Cluster(folder / ("a long name for a folder " * 4).strip(), durable=True)
    try:
        assert own.start() is True
        with psycopg.connect(own.create_database("restarted")) as connection:
            connection.execute("create table kept as select 7 as n")
        own.stop()
        assert not own.running()
        assert own.start() is True
        with psycopg.connect(own.url("restarted")) as connection:
            assert connection.execute("select n from kept").fetchone() == (7,)
    finally:
        own.delete()
        shutil.rmtree(folder)
    assert not own.running()

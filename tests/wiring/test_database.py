"""DATABASE_URL becomes Django's settings; a bad one says in Chinese what would be right."""

from __future__ import annotations

import pytest

from yixian.wiring.database import DatabaseUrlError, from_url


def test_a_url_with_a_socket_folder_and_options_is_read_whole() -> None:
    facts = from_url("postgresql://u:p%40ss@/yixian?host=%2Frun%2Fpg&sslmode=prefer", pool=4)
    assert (facts["NAME"], facts["USER"], facts["PASSWORD"], facts["HOST"]) == ("yixian", "u", "p@ss", "/run/pg")
    assert facts["OPTIONS"]["sslmode"] == "prefer"
    assert facts["OPTIONS"]["pool"]["max_size"] == 4
    assert facts["CONN_MAX_AGE"] == 0


def test_another_kind_of_url_is_refused_in_chinese() -> None:
    with pytest.raises(DatabaseUrlError, match="正确的写法"):
        from_url("mysql://u@h/db")


def test_a_role_is_taken_by_every_connection(database_url: str) -> None:
    import psycopg

    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("drop role if exists role_of_a_test")
        owner.execute("create role role_of_a_test nologin")
    facts = from_url(database_url, role="role_of_a_test")
    names = {"HOST": "host", "USER": "user", "PASSWORD": "password", "NAME": "dbname"}
    arguments = {names[key]: facts[key] for key in names}
    with psycopg.connect(**arguments, options=facts["OPTIONS"]["options"]) as connection:
        assert connection.execute("select current_user").fetchone() == ("role_of_a_test",)
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("drop role role_of_a_test")

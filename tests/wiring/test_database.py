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

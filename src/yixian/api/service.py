"""The API about itself: health, its OpenAPI document, the list of problem types."""

from __future__ import annotations

from functools import lru_cache

import msgspec
from django.db import DatabaseError, connection

from yixian import __version__
from yixian.api.call import Answer, Call, answer
from yixian.api.problems import TYPES, Problem
from yixian.api.schemas import Health, Out


class Kind(Out):
    """一种错误: type 是稳定的标识."""

    type: str
    status: int
    title: str
    remedy: str


class Kinds(Out):
    """全部错误种类."""

    problems: tuple[Kind, ...]


def health(call: Call) -> Answer:
    """Whether the database answers. Raises Problem unavailable when it does not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
            cursor.fetchone()
    except DatabaseError:
        raise Problem("unavailable", headers=[("Retry-After", "5")]) from None
    return answer(Health(status="ok", database="ok", version=__version__))


def openapi(call: Call) -> Answer:
    """The OpenAPI 3.1 document."""
    return Answer(200, _document())


@lru_cache(maxsize=1)
def _document() -> bytes:
    from yixian.api.openapi import document
    from yixian.api.table import ROUTES

    return msgspec.json.encode(document(ROUTES.all))


def problem_kinds(call: Call) -> Answer:
    """Every kind of problem with what to do about it."""
    kinds = (Kind(type=kind.uri, status=kind.status, title=kind.title, remedy=kind.remedy) for kind in TYPES.values())
    return answer(Kinds(problems=tuple(kinds)))

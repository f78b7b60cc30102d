"""The way in below the WSGI server: `/api/` is answered here, all else by Django's pages.

Skipping Django's request, middleware, resolver and response saves about 0.25 ms of every command (docs/decisions).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import msgspec
from django.core.handlers.wsgi import WSGIRequest
from django.db import close_old_connections

from yixian.api.auth import admit
from yixian.api.call import Answer, Call
from yixian.api.parameters import check as check_parameters
from yixian.api.problems import CONTENT_TYPE, Problem, of_error
from yixian.api.table import ROUTES
from yixian.parties import limits

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]

SAFE = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))
_encode = msgspec.json.Encoder().encode
_phrases = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


def respond(call: Call) -> Answer:
    """The answer to a call. Never raises: whatever goes wrong becomes problem details."""
    try:
        route = call.route = ROUTES.find(call)
        if route.rate is not None:
            limits.count(route.rate, call.meta)
        admit(route, call)
        check_parameters(route.query, call.query)
        return route.handler(call)
    except Exception as error:
        return refusal(of_error(error), call.path)


def refusal(problem: Problem, path: str) -> Answer:
    """A problem as an answer."""
    body = _encode(problem.details(quote(path)))
    return Answer(problem.kind.status, body, CONTENT_TYPE, problem.headers)


class Door:
    """A WSGI application around Django's: answers `/api/` itself and hands every other path on."""

    def __init__(self, pages: Wsgi) -> None:
        self.pages = pages

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if not environ.get("PATH_INFO", "").startswith("/api/"):
            return self.pages(environ, start_response)
        try:
            answer = respond(Call(environ, _reader(environ), lambda: WSGIRequest(environ)))
        finally:
            close_old_connections()  # back to the pool, or closed when broken; Django's signal costs more
        length = str(len(answer.body))
        headers = [("Content-Type", answer.content_type), ("Content-Length", length), *SAFE, *answer.headers]
        start_response(_phrases[answer.status], headers)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body]


def _reader(environ: Environ) -> Callable[[int], bytes]:
    """Reads the body, never beyond its declared length: a WSGI server need not mark the end."""
    stream = environ.get("wsgi.input") or io.BytesIO()
    declared = environ.get("CONTENT_LENGTH") or ""

    def read(size: int) -> bytes:
        wanted = min(size, int(declared)) if declared.isdigit() else size
        data: bytes = stream.read(wanted)
        return data

    return read

"""Every page and every endpoint declares who may use it."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

from yixian.api.routes import PUBLIC, SIGNED_IN
from yixian.api.table import ROUTES
from yixian.lifecycle.commands import COMMANDS
from yixian.parties.roles import PERMISSIONS

COMMAND = "command:"


def _patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for item in resolver.url_patterns:
        path = prefix + str(item.pattern)
        if isinstance(item, URLResolver):
            yield from _patterns(item, path)
        else:
            yield path, item


def test_every_page_declares_who_may_open_it() -> None:
    pages = [(path, item) for path, item in _patterns(get_resolver()) if not path.startswith("api/")]
    assert len(pages) >= 6, "the walk found hardly any page: is the room wired?"
    silent = [path for path, item in pages if getattr(item.callback, "permission", None) is None]
    assert not silent, f"decorate the view with web.access.needs(...): {silent}"


def test_every_endpoint_declares_a_permission_that_exists() -> None:
    known = {PUBLIC, SIGNED_IN, *PERMISSIONS, *(COMMAND + name for name in COMMANDS)}
    routes = list(ROUTES.all)
    assert len(routes) >= 30, "the walk found hardly any endpoint"
    wrong = [f"{route.name}: {route.permission}" for route in routes if route.permission not in known]
    assert not wrong, f"no such permission: {wrong}"


def test_every_command_has_an_endpoint() -> None:
    offered = {route.permission.removeprefix(COMMAND) for route in ROUTES.all if route.permission.startswith(COMMAND)}
    assert not (missing := sorted(set(COMMANDS) - offered - {"expire"})), f"commands without an endpoint: {missing}"

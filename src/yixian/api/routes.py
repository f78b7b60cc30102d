"""What a route is, and finding the one for a path. The table itself is put together in `table`.

A route that does not declare its permission cannot be made: `permission` has no default.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from yixian.api.call import Answer, Call
from yixian.api.parameters import Parameter
from yixian.api.problems import Problem

PREFIX = "/api/v1"
PUBLIC = "public"
SIGNED_IN = "signed-in"
COMMAND = "command:"
"""Permissions: public (nobody asks who), signed-in, "command:<name>", or a permission of parties.roles."""

Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """One method on one path.

    `template` starts after `/api/v1`; `body` is the struct a request carries, `returns` what a success answers;
    `problems` the slugs beyond those every route may answer; `rate` the name of its rate limit.
    """

    method: str
    template: str
    name: str
    title: str
    permission: str
    handler: Handler
    tag: str
    returns: Any
    status: int = 200
    body: Any = None
    body_required: bool = False
    parameters: tuple[Parameter, ...] = ()
    problems: tuple[str, ...] = ()
    rate: str | None = None
    words: str = ""
    media: str = "application/json"
    takes: str = ""  # the media type of a body that is a file
    query: Mapping[str, Parameter] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        found = {parameter.name: parameter for parameter in self.parameters if parameter.where == "query"}
        object.__setattr__(self, "query", found)


@dataclass(slots=True)
class _Node:
    fixed: dict[str, _Node] = field(default_factory=dict)
    free: _Node | None = None
    free_name: str = ""
    methods: dict[str, Route] = field(default_factory=dict)


class Routes:
    """All routes, found by walking the path's parts."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.all = tuple(routes)
        self._root = _Node()
        for route in self.all:
            self._add(route)

    def _add(self, route: Route) -> None:
        node = self._root
        for part in route.template.strip("/").split("/"):
            if part.startswith("{"):
                node.free = node.free or _Node()
                node.free_name = part.strip("{}")
                node = node.free
            else:
                node = node.fixed.setdefault(part, _Node())
        if route.method in node.methods:
            raise ValueError(f"{route.method} {route.template} is declared twice")
        node.methods[route.method] = route

    def find(self, call: Call) -> Route:
        """The route of a call, its path parameters put into `call.params`.

        Raises Problem not-found or method-not-allowed (with the header Allow).
        """
        node: _Node | None = self._root
        params = call.params
        if not call.path.startswith(PREFIX + "/"):
            raise Problem("not-found")
        for part in call.path[len(PREFIX) + 1 :].split("/"):
            assert node is not None
            below = node.fixed.get(part)
            if below is None and part:
                below = node.free
                params[node.free_name] = part
            node = below
            if node is None:
                raise Problem("not-found")
        assert node is not None
        route = node.methods.get("GET" if call.method == "HEAD" else call.method)
        if route is None:
            if not node.methods:
                raise Problem("not-found")
            allow = ", ".join(sorted(node.methods))
            raise Problem("method-not-allowed", f"这个接口只支持 {allow}", headers=[("Allow", allow)])
        return route

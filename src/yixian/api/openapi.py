"""The OpenAPI 3.1 document, made from the route table and the payload structs; never written by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from yixian import __version__
from yixian.api.labels import label
from yixian.api.parameters import Parameter
from yixian.api.problems import CONTENT_TYPE, TYPES, ProblemDetails
from yixian.api.routes import PREFIX, PUBLIC, Route

PROBLEM = "#/components/schemas/ProblemDetails"
NUMBER = {"type": "string", "pattern": "^[0-9A-Za-z][0-9A-Za-z.-]{0,39}$"}
PATH_PARAMETERS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "number": ("工单编号", NUMBER),
    "id": ("附件编号, 见附件清单", {"type": "integer", "minimum": 1}),
    "name": ("规则的名称, 见规则清单", {"type": "string", "pattern": "^[0-9A-Za-z_-]{1,60}$"}),
}
ALWAYS = ("bad-parameter", "method-not-allowed", "internal", "unavailable", "rulebook-broken")
WITH_ACTOR = ("unauthenticated", "forbidden")
WITH_BODY = ("malformed-json", "too-large", "unsupported-type", "invalid-payload")


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """The whole document as plain JSON values."""
    routes = tuple(routes)
    kinds = [kind for route in routes for kind in (route.returns, route.body) if kind is not None]
    kinds = list(dict.fromkeys([ProblemDetails, *kinds]))
    refs, components = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    schemas = dict(zip((_key(kind) for kind in kinds), refs, strict=True))
    for name, schema in components.items():
        _describe(name, schema)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(PREFIX + route.template, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "一线 Yixian 接口",
            "version": __version__,
            "description": "12345 政务服务便民热线平台的接口。每个决定和每次拒绝都附条文依据 (basis); "
            "错误一律为 application/problem+json (RFC 9457)。时间为北京时间 (+08:00)。",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in routes)],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _security_schemes()},
    }


def _key(kind: Any) -> str:
    return str(kind)


def _security_schemes() -> dict[str, Any]:
    return {
        "token": {"type": "http", "scheme": "bearer", "description": "接口令牌, 权限范围见令牌"},
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "登录会话; 写入时须在请求头 X-CSRFToken 中给出 Cookie csrftoken 的值",
        },
    }


def _operation(route: Route, schemas: Mapping[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.title,
        "tags": [route.tag],
        "responses": _responses(route, schemas),
        "security": [] if route.permission == PUBLIC else [{"token": []}, {"session": []}],
        "x-permission": route.permission,
    }
    if route.words:
        operation["description"] = route.words
    parameters = [*_path_parameters(route.template), *map(_parameter, route.parameters)]
    if parameters:
        operation["parameters"] = parameters
    if route.takes:
        file = {"schema": {"type": "string", "format": "binary"}}
        operation["requestBody"] = {"required": True, "content": {route.takes: file}}
    if route.body is not None:
        content = {"application/json": {"schema": schemas[_key(route.body)]}}
        operation["requestBody"] = {"required": route.body_required, "content": content}
    return operation


def _path_parameters(template: str) -> list[dict[str, Any]]:
    names = [part.strip("{}") for part in template.split("/") if part.startswith("{")]
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": PATH_PARAMETERS[name][0],
            "schema": PATH_PARAMETERS[name][1],
        }
        for name in names
    ]


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.where,
        "required": parameter.required,
        "description": parameter.words,
        "schema": parameter.schema,
    }


def problems_of(route: Route) -> tuple[str, ...]:
    """The slugs of all problems a route may answer."""
    slugs = [*ALWAYS, *route.problems]
    if route.permission != PUBLIC:
        slugs += WITH_ACTOR
        if route.method != "GET":
            slugs.append("csrf")
    if route.body is not None:
        slugs += WITH_BODY
    if route.rate:
        slugs.append("too-many-requests")
    return tuple(dict.fromkeys(slugs))


def _responses(route: Route, schemas: Mapping[str, Any]) -> dict[str, Any]:
    success: dict[str, Any] = {"description": "成功"}
    if route.returns is not None:
        success["content"] = {route.media: {"schema": schemas[_key(route.returns)]}}
    elif route.media != "application/json":
        success["content"] = {route.media: {"schema": {"type": "string", "format": "binary"}}}
    if route.status == 201:
        success["headers"] = {"Location": {"description": "新工单的地址", "schema": {"type": "string"}}}
    responses: dict[str, Any] = {str(route.status): success}
    by_status: dict[int, list[str]] = {}
    for slug in problems_of(route):
        by_status.setdefault(TYPES[slug].status, []).append(slug)
    for status, slugs in sorted(by_status.items()):
        words = "; ".join(f"{TYPES[slug].title} ({TYPES[slug].uri})" for slug in slugs)
        responses[str(status)] = {"description": words, "content": {CONTENT_TYPE: {"schema": {"$ref": PROBLEM}}}}
        headers = _headers_of(status)
        if headers:
            responses[str(status)]["headers"] = headers
    return responses


def _headers_of(status: int) -> dict[str, Any]:
    words = {401: ("WWW-Authenticate", "Bearer"), 405: ("Allow", "可用的方法"), 429: ("Retry-After", "多少秒后再试")}
    found = words.get(status)
    return {found[0]: {"description": found[1], "schema": {"type": "string"}}} if found else {}


def _describe(name: str, schema: dict[str, Any]) -> None:
    for field, rule in schema.get("properties", {}).items():
        words = label(name, field)
        if words and "description" not in rule:
            rule["description"] = words
        if rule.get("default", 0) is None:
            del rule["default"]

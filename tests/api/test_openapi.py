"""The OpenAPI document: valid 3.1, complete, in Chinese; and the API keeps to it whatever schemathesis sends."""

from __future__ import annotations

import os
import re
from typing import Any

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    missing_required_header,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from tests.api.conftest import REGISTER, Client

from yixian.api.commands import NUMBER
from yixian.api.labels import label
from yixian.api.openapi import document
from yixian.api.table import ROUTES
from yixian.lifecycle.commands import COMMANDS, ReceivedFrom, Requester, StatutoryLimit
from yixian.parties.limits import RATES

DOCUMENT = msgspec.json.decode(msgspec.json.encode(document(ROUTES.all)))
EXAMPLES = int(os.environ.get("API_EXAMPLES", "6"))


def test_the_document_is_openapi_3_1(client: Client) -> None:
    served = client.get("/openapi.json")
    assert served.status_code == 200
    assert served.json() == DOCUMENT
    assert DOCUMENT["openapi"].startswith("3.1")
    identifiers = [op["operationId"] for path in DOCUMENT["paths"].values() for op in path.values()]
    assert len(identifiers) == len(set(identifiers)) == len(ROUTES.all)


def test_every_reference_resolves() -> None:
    text = msgspec.json.encode(DOCUMENT).decode()
    names = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert names <= set(DOCUMENT["components"]["schemas"])


def test_every_command_shows_its_payload() -> None:
    for name, spec in COMMANDS.items():
        path = "/api/v1/orders" if name == "register" else f"/api/v1/orders/{{number}}/commands/{name}"
        operation = DOCUMENT["paths"][path]["post"]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        assert schema["$ref"].endswith(f"/{spec.payload.__name__}")
        assert operation["summary"] == spec.title


STRUCTS = [*dict.fromkeys(spec.payload for spec in COMMANDS.values()), Requester, ReceivedFrom, StatutoryLimit]


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_every_field_has_chinese_words(struct: type[msgspec.Struct]) -> None:
    for field in msgspec.structs.fields(struct):
        assert label(struct, field.encode_name), f"add {struct.__name__}.{field.encode_name} to api/labels.py"


@pytest.mark.parametrize("operation", [
    pytest.param(op, id=op["operationId"]) for path in DOCUMENT["paths"].values() for op in path.values()
])  # fmt: skip
def test_every_operation_says_what_can_go_wrong(operation: dict[str, Any]) -> None:
    assert "500" in operation["responses"]
    assert ("401" in operation["responses"]) == (operation["x-permission"] != "public")
    for status, response in operation["responses"].items():
        if int(status) >= 400:
            assert list(response["content"]) == ["application/problem+json"]


def _application(environ: dict[str, Any], start_response: Any) -> Any:
    from yixian.wiring.wsgi import application

    return application(environ, start_response)


schema = schemathesis.openapi.from_dict(DOCUMENT)
schema.app = _application
schema.config.generation.update(modes=list(GenerationMode), allow_x00=False)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    missing_required_header,
    unsupported_method,
    ignored_auth,
]


@pytest.fixture
def unlimited(settings: Any) -> None:
    settings.PUBLIC_RATES = dict.fromkeys(RATES, (10**9, 60))


@pytest.fixture
def order(client: Client, unlimited: None) -> dict[str, Any]:
    """A real order with its query code."""
    found: dict[str, Any] = client.post("/orders", REGISTER, as_="agent").json()
    return found


def examples(count: int) -> Any:
    """How many examples of each kind of data, always the same ones."""
    return hypothesis_settings(
        max_examples=count,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )


def send(case: schemathesis.Case, client: Client, order: dict[str, Any]) -> None:
    aim_at(case, order)
    case.call_and_validate(headers={"Authorization": f"Bearer {client.world.token('chief')}"}, checks=CHECKS)


@schema.exclude(path_regex="/commands/").parametrize()
@examples(EXAMPLES)
def test_schemathesis(case: schemathesis.Case, client: Client, order: dict[str, Any]) -> None:
    send(case, client, order)


@schema.include(path_regex="/commands/").parametrize()
@examples(max(2, EXAMPLES // 3))
def test_schemathesis_of_each_command(case: schemathesis.Case, client: Client, order: dict[str, Any]) -> None:
    send(case, client, order)


def aim_at(case: schemathesis.Case, order: dict[str, Any]) -> None:
    """Put a real order's number and code where valid ones were made up, so that more than 404 is met."""
    parameters = case.path_parameters or {}
    if not NUMBER.fullmatch(str(parameters.get("number", "?"))):
        return
    parameters["number"] = order["number"]
    for holder in (case.query, case.body):
        if isinstance(holder, dict) and re.fullmatch("[0-9A-Za-z]{6}", str(holder.get("code", ""))):
            holder["code"] = order["query_code"]

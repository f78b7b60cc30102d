"""The API's URL conf: one pattern per path of the route table, and an answer in JSON for every other path.

In production `door.Door` answers before Django's URL resolver; both end in `door.respond`.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path
from django.views.decorators.csrf import csrf_exempt

from yixian.api.call import Call
from yixian.api.door import respond
from yixian.api.routes import PREFIX, PUBLIC
from yixian.api.table import ROUTES


@csrf_exempt  # the API checks it itself, and only where a login session is used (auth)
def view(request: HttpRequest, **_: str) -> HttpResponse:
    """Answer one request of Django's."""
    call = Call(request.META, lambda size: request.read(size), lambda: request)
    answer = respond(call)
    response = HttpResponse(answer.body, status=answer.status, content_type=answer.content_type)
    for name, value in answer.headers:
        response[name] = value
    return response


def _patterns() -> list[URLPattern]:
    templates: dict[str, list[str]] = {}
    for route in ROUTES.all:
        templates.setdefault(route.template, []).append(route.name)
    return [
        path(template.strip("/").replace("{", "<str:").replace("}", ">"), view, name=f"api-{names[0]}")
        for template, names in templates.items()
    ]


urlpatterns = [*_patterns(), re_path(r"", view, name="api-unknown")]
permissions = {PREFIX + route.template: route.permission for route in ROUTES.all} | {PREFIX: PUBLIC}

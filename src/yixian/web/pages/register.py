"""The former address of the registration form leads to the agent desk; a form that is sent here still counts."""

from __future__ import annotations

from django.http.response import HttpResponseBase
from django.views.decorators.http import require_http_methods

from yixian.parties.roles import READ_ORDERS
from yixian.web.access import StaffRequest, needs
from yixian.web.pages import agent


@require_http_methods(["GET", "POST"])
@needs(READ_ORDERS)
def register(request: StaffRequest) -> HttpResponseBase:
    """On to the desk."""
    return agent.desk(request) if request.method == "POST" else agent.moved(request)

"""The public's first page, and the large type (适老化) that a visitor may choose for all of them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from yixian.parties import queries as parties
from yixian.web import duties
from yixian.web.access import PUBLIC, needs
from yixian.web.present import portal

COOKIE = "yx_type"
YEAR = 366 * 86400


def shown(request: HttpRequest) -> HttpResponse:
    """What the hotline is, its phone, and the ways in; where several are served, one for each place."""
    served = parties.open_to_the_public()
    places = [
        {"name": row.formal, "phone": row.phone or portal.PHONE, "url": f"/submit/?at={row.code}"} for row in served
    ]
    context = {
        "places": places if len(places) > 1 else (),
        "house": served[0].formal if len(served) == 1 else "",
        "phone": places[0]["phone"] if len(places) == 1 else portal.PHONE,
        "duties": duties.all_told(),
    }
    return render(request, "web/home.html", context)


@require_safe
@needs(PUBLIC)
def type_size(request: HttpRequest) -> HttpResponse:
    """Choose large or plain type and go back to the page one was on."""
    back = request.GET.get("back", "/")
    fits = url_has_allowed_host_and_scheme(back, None) and back.startswith("/")
    answer = HttpResponseRedirect(back if fits else "/")
    if request.GET.get("to") == "large":
        answer.set_cookie(COOKIE, "large", max_age=YEAR, samesite="Lax", secure=request.is_secure())
    else:
        answer.delete_cookie(COOKIE, samesite="Lax")
    return answer

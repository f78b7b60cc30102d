"""Help of each page as a drawer, and the first look around of each role, offered once."""

from __future__ import annotations

from django.http import Http404, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from yixian.parties import preferences
from yixian.parties.roles import ROLES
from yixian.web import books, shell
from yixian.web.access import SIGNED_IN, StaffRequest, needs, sent
from yixian.web.present import help, help_words, tours


@require_safe
@needs(SIGNED_IN)
def drawer(request: StaffRequest, name: str) -> HttpResponse:
    """The help of a page: in the drawer, or as a page of its own without script."""
    found = help_words.PAGES.get(name)
    if found is None:
        raise Http404
    laws = help.laws(found, books.newest(request.user.platform.book))
    context = {"help": found, "laws": laws, "title": f"帮助: {found.title}"}
    if request.headers.get("HX-Request"):
        return shell.fragment(request, "web/parts/help.html", context)
    return shell.page(request, "web/help.html", context)


@require_safe
@needs(SIGNED_IN)
def tour(request: StaffRequest) -> HttpResponse:
    """The steps of the role whose tour is next, or again (`?again=1`) of the person's first role."""
    again = request.GET.get("again") == "1"
    role = tours.next_of(request.actor.roles, () if again else shell.toured(request))
    steps = [{"at": step.at, "title": step.title, "text": step.text} for step in tours.TOURS.get(role, ())]
    return JsonResponse({"role": role, "title": ROLES[role].title if role else "", "steps": steps})


@sent("/")
@needs(SIGNED_IN)
def seen(request: StaffRequest) -> HttpResponse:
    """Remember that a role's tour was seen or declined."""
    role = request.POST.get("role", "")
    if role not in tours.TOURS or role not in request.actor.roles:
        return HttpResponse(status=422)
    known = set(preferences.get(request.user, shell.TOURED, []))
    preferences.put(request.user, shell.TOURED, sorted(known | {role}))
    request.session.pop(shell.TOURED, None)
    return HttpResponse(status=204)

"""The letter of an order (交办单), on paper or as an attachment of the office network (协同办公网)."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from yixian.orders import clock, queries
from yixian.parties import queries as parties
from yixian.parties.roles import READ_ORDERS
from yixian.web import books, problems, shell
from yixian.web.access import StaffRequest, needs
from yixian.web.present import articles, moments, order
from yixian.web.present.letter import letter

SECRECY = "诉求人要求保密, 办理结果直接反馈本平台"


@require_safe
@needs(READ_ORDERS)
def show(request: StaffRequest, number: str) -> HttpResponse:
    """One A4 page; the requester is masked as this person may see them."""
    found = queries.detail(number, request.actor)
    state = found.state
    events = queries.timeline(number, request.actor)
    made = letter(state, events, queries.formal_names(list(found.units)))
    if made is None:
        return problems.show(request, 404, "还没有交办单", "工单派给承办单位以后才有交办单。请先派单。")
    platform = parties.platform(found.platform)
    book = books.version(state.book, state.version)
    library = books.library()
    context = {
        "number": state.number,
        "letter": made,
        "title": (platform.full_name or platform.name) if platform else found.platform_name,
        "o": order.sheet(state, book, found.units, clock.now(), platform=found.platform_name, sealed=False),
        "person": order.person(found.requester),
        # The letter goes to the unit, which must not know them, whoever prints it.
        "withheld": SECRECY if "confidential" in state.flags else found.hidden,
        "limits": [(item, "、".join(tag.text for tag in articles.tags(item.basis, library))) for item in made.limits],
        "articles": "、".join(tag.text for tag in articles.tags(made.basis, library)),
        "printed": moments.absolute(clock.now()),
        "by": request.user.name,
    }
    return shell.fragment(request, "web/letter.html", context)

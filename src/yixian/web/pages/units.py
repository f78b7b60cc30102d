"""The list of units behind every field that takes one: asked for while one types."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from yixian.orders import queries, unit_list
from yixian.orders.errors import Denied
from yixian.orders.queries import Advice, Detail
from yixian.parties.roles import READ_ORDERS
from yixian.web import picking, shell
from yixian.web.access import StaffRequest, needs
from yixian.web.present import unit_rows

LONGEST = 100


@require_safe
@needs(READ_ORDERS)
def find(request: StaffRequest) -> HttpResponse:
    """The units that fit what was typed (`q`) for an order, without those chosen already (`not`)."""
    number = request.GET.get("order", "")
    found = queries.detail(number, request.actor) if number else None
    words = request.GET.get("q", "").strip()[:LONGEST]
    path = picking.path_of(found, request)
    advice = _advice(request, found)
    first, often = picking.spoken_for(advice)
    rows = unit_list.find(
        words,
        path,
        place=(found.state.place or "") if found else "",
        text=found.state.text if found else "",
        first=first,
        often=often,
        without=frozenset(request.GET.getlist("not")[:50]),
    )
    loads = None if request.actor.kind == "unit" else unit_list.loads(row.unit.code for row in rows)
    context = {
        "rows": unit_rows.rows(rows, loads, advice, path),
        "list_id": "units-" + "".join(sign for sign in request.GET.get("field", "")[:30] if sign.isalnum()),
        "empty": f"没有与“{words}”相符的单位。" if words else "输入名称、拼音首字母或职责来查找。",
    }
    return shell.fragment(request, "web/parts/unit_options.html", context)


def _advice(request: StaffRequest, found: Detail | None) -> Advice | None:
    if found is None or request.actor.kind == "unit":
        return None
    try:
        return queries.advice(found.number, request.actor)
    except Denied:
        return None

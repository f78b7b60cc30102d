"""One command to several chosen orders of a desk, with words said once; each order has its own result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_http_methods

from yixian.lifecycle.commands import COMMANDS, Command, PayloadError, parse
from yixian.orders import actions
from yixian.orders.actions import Item
from yixian.orders.chosen import Chosen, chosen
from yixian.orders.errors import BadInput, KeyClash, OrderError
from yixian.parties.permission import hotline_path
from yixian.parties.roles import READ_ORDERS
from yixian.web import drafts, picking, problems, shell, toasts
from yixian.web.access import StaffRequest, needs
from yixian.web.desks import listing, table
from yixian.web.pages.together import MOST
from yixian.web.present import forms
from yixian.web.present.forms import Field

ASKS: dict[str, tuple[str, ...]] = {
    "dispatch": ("lead", "requirements"),
    "approve_extension": ("reason",),
    "refuse_extension": ("reason",),
    "urge": ("note",),
}
"""Commands that several orders may be given with the same words: the fields that are asked for."""
MUST = {"refuse_extension": frozenset({"reason"})}


def worded(request: StaffRequest, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Those of some commands that ask for words and that this person may give to several orders."""
    mine = table.commands_of(request.actor)
    return [(name, COMMANDS[name].title) for name in names if name in ASKS and name in mine]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one order: done, or why not, by which articles."""

    number: str
    excerpt: str
    problem: str = ""
    basis: tuple[str, ...] = ()
    replayed: bool = False


@require_http_methods(["GET", "POST"])
@needs(READ_ORDERS)
def together(request: StaffRequest, code: str, command: str) -> HttpResponse:
    """Ask for the words, then give the command to each chosen order and say what became of it."""
    desk = table.of_code(code)
    offered = desk is not None and any(command in tab.together for tab in desk.tabs)
    if desk is None or desk not in table.of_actor(request.actor) or command not in ASKS or not offered:
        raise Http404
    kept = (drafts.take(request) or {}) if request.method == "GET" else drafts.typed(request)
    numbers = list(dict.fromkeys(kept.get("number", ())))
    if len(numbers) > MOST:
        raise BadInput(f"一次最多办理 {MOST} 件, 请分几次选择。", "number")
    rows = chosen(numbers, request.actor)
    tab = next((tab for tab in desk.tabs if command in tab.together), desk.tabs[0])
    back = listing.url(desk, next((one for one in desk.tabs if one.code == kept.get("tab", [""])[0]), tab))
    context: dict[str, Any] = {"desk": desk, "title": COMMANDS[command].title, "rows": rows, "back": back, "tab": tab}
    context["url"] = f"/desks/{desk.code}/together/{command}/"
    path = hotline_path(request.actor.platform_path)
    form = _form(command, picking.options(path))
    if request.method == "POST" and "sent" in request.POST and rows:
        errors = _given(request, command, form, rows, context)
        if not errors and "problem" not in context:
            return _told(request, context)
        form = forms.filled(form, kept, errors)
        context["wrong"] = "请改正标红的地方。" if errors else context.get("problem", "")
    else:
        form = forms.filled(form, kept, {})
    form = picking.phrased(picking.shown(form, path), command, request.actor, "")
    context |= {"fields": form, "missing": len(numbers) - len(rows)}
    context["key"] = (request.POST.get(drafts.FIELD) if "wrong" in context else "") or drafts.new_key(request)
    return _page(request, context, 422 if "wrong" in context else 200)


def _form(command: str, units: tuple[tuple[str, str], ...]) -> list[Field]:
    made = forms.fields_of(command, forms.choices(None, units), demanded=MUST.get(command, frozenset()))
    return [item for item in made if item.path in ASKS[command]]


def _given(
    request: StaffRequest, command: str, form: list[Field], rows: list[Chosen], context: dict[str, Any]
) -> dict[str, str]:
    """Give the commands; returns what is wrong with a field where that stopped all, else puts down the results."""
    typed = drafts.typed(request)
    missing = [item.path for item in form if item.required and not "".join(typed.get(item.path, ())).strip()]
    if missing:
        return dict.fromkeys(missing, "请填写这一项")
    try:
        key = drafts.key_of(request)
        given = parse(command, forms.read(form, typed))
    except PayloadError as error:
        return {error.path.partition("[")[0]: error.message}
    except BadInput as error:
        context["problem"] = error.detail
        return {}
    items = [_item(request, one, given, f"{key}.{command}.{one.row.number}") for one in rows]
    answers = actions.handle_many(items, request.actor)
    wrong = {answer.path: answer.detail for answer in answers if isinstance(answer, BadInput) and answer.path}
    paths = {item.path for item in form}
    if len(wrong) == 1 and all(isinstance(answer, BadInput) for answer in answers) and wrong.keys() <= paths:
        return {str(path): text for path, text in wrong.items()}
    context["results"] = [_result(one, answer) for one, answer in zip(rows, answers, strict=True)]
    return {}


def _item(request: StaffRequest, one: Chosen, given: Command, key: str) -> Item:
    seen = request.POST.get(f"seen.{one.row.number}", "")
    known = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 8 else None
    return Item(one.row.number, given, None, key, known)


def _result(one: Chosen, answer: actions.Outcome | OrderError) -> Result:
    if not isinstance(answer, OrderError):
        return Result(one.row.number, one.row.excerpt, replayed=answer.replayed)
    said = problems.SENT_BEFORE[1] if isinstance(answer, KeyClash) else answer.detail
    return Result(one.row.number, one.row.excerpt, said, answer.basis)


def _told(request: StaffRequest, context: dict[str, Any]) -> HttpResponse:
    results: list[Result] = context["results"]
    failed = sum(1 for one in results if one.problem)
    context |= {"done": len(results) - failed, "failed": failed}
    answer = _page(request, context, 200)
    if not request.headers.get("HX-Request"):
        return answer
    said = f"{context['title']} {context['done']} 件, 已办好" + (f"; {failed} 件没有办成" if failed else "")
    answer.headers["HX-Trigger"] = "desk-changed"
    return toasts.say(answer, said, error=bool(failed))


def _page(request: StaffRequest, context: dict[str, Any], status: int) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return shell.fragment(request, "web/desks/together.html", context, status)
    return shell.page(request, "web/desks/together_page.html", context, status)

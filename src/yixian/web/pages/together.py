"""Several orders at once from a list: commands that need no words, each order with its own result."""

from __future__ import annotations

from collections import Counter

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from yixian.lifecycle.commands import COMMANDS, parse
from yixian.orders import actions
from yixian.orders.actions import Item
from yixian.orders.errors import BadInput, OrderError
from yixian.parties.roles import READ_ORDERS
from yixian.web import drafts, shell
from yixian.web.access import StaffRequest, needs

TOGETHER = ("sign", "accept", "pass_review", "archive")
"""Commands that may be given from a list: they carry no words of their own."""
MOST = 100


@require_http_methods(["GET", "POST"])
@needs(READ_ORDERS)
def together(request: StaffRequest) -> HttpResponse:
    """Give one command to every selected order, then say how many were done and why the others were not."""
    if request.method == "GET":
        return _not_done(request)
    name = request.POST.get("command", "")
    if name not in TOGETHER:
        raise Http404
    numbers = list(dict.fromkeys(request.POST.getlist("number")))
    if len(numbers) > MOST:
        raise BadInput(f"一次最多办理 {MOST} 件, 请分几次选择。", "number")
    if numbers:
        key = drafts.key_of(request)
        items = [Item(number, parse(name), None, f"{key}.{name}.{number}") for number in numbers]
        _tell(request, name, numbers, actions.handle_many(items, request.actor))
    return _back(request.POST.get("back", ""))


def _not_done(request: StaffRequest) -> HttpResponse:
    """After a login in between: nothing was done, and the list has to be seen again before it is."""
    kept = drafts.take(request) or {}
    if numbers := kept.get("number"):
        messages.warning(request, f"登录已过期, 刚才选中的 {len(numbers)} 件没有办理, 请核对后重新选择。")
    return _back(next(iter(kept.get("back", ())), ""))


def _back(url: str) -> HttpResponse:
    return HttpResponseRedirect(url if url.startswith(("/orders/?", "/desks/")) else "/orders/")


def _tell(request: StaffRequest, name: str, numbers: list[str], results: list[actions.Outcome | OrderError]) -> None:
    title = COMMANDS[name].title
    done = sum(1 for result in results if not isinstance(result, OrderError))
    if done:
        messages.success(request, f"{title} {done} 件, 已办好")
    reasons = Counter(result.detail for result in results if isinstance(result, OrderError))
    for reason, count in reasons.most_common(3):
        first = next(
            number
            for number, result in zip(numbers, results, strict=True)
            if isinstance(result, OrderError) and result.detail == reason
        )
        which = first if count == 1 else f"{first} 等 {count} 件"
        messages.error(request, f"{which}没有{title}: {reason}")


def offered(request: StaffRequest) -> list[tuple[str, str]]:
    """The commands that this person may give from a list."""
    return offered_of(request, TOGETHER)


def offered_of(request: StaffRequest, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Those of some commands that this person may give to several orders at once."""
    mine = shell.commands_of(request.actor)
    return [(name, COMMANDS[name].title) for name in names if name in TOGETHER and name in mine]

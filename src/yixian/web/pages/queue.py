"""The list of orders: filters are the URL, chips change it, fifty rows at a time by keyset."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from yixian.lifecycle.state import STATES
from yixian.orders import clock, queries
from yixian.orders.errors import BadInput
from yixian.orders.queries import Filters, Page
from yixian.parties import vault
from yixian.parties.roles import READ_ORDERS
from yixian.web import books, drafts, rows, shell
from yixian.web.access import StaffRequest, needs
from yixian.web.pages.together import offered
from yixian.web.present import words

SIZE = 50
KNOWN = ("state", "due", "category", "source", "card", "flag", "emergency", "q", "sort")
DUE = {"today": "今天到期", "late": "已超期", "soon": "三天内到期"}
FLAGS = {
    key: words.FLAGS[key]
    for key in (
        "unverified",
        "priority",
        "supervised",
        "interim_closed",
        "cross_region",
        "cross_level",
        "confidential",
        "drafted",
    )
}
CARDS = {"yellow": "黄牌", "red": "红牌"}
SORTS = {"registered": "最新登记在前", "due": "最急在前"}
CHOICES: dict[str, tuple[str, dict[str, str]]] = {
    "state": ("状态", STATES),
    "due": ("期限", DUE),
    "card": ("亮牌", CARDS),
    "flag": ("标记", FLAGS),
    "sort": ("排序", SORTS),
}
EMPTY = {"late": "没有超期的工单。", "today": "今天没有到期的工单。", "soon": "三天内没有到期的工单。"}


@require_safe
@needs(READ_ORDERS)
def queue(request: StaffRequest) -> HttpResponse:
    """One page of the list that the URL describes."""
    asked = read_of(request)
    typed = asked.get("q", "")
    if typed.isascii() and typed.isdigit() and len(typed) >= 15 and _is_there(request, typed):
        return HttpResponseRedirect(f"/orders/{typed}/")
    now, problem = clock.now(), ""
    try:
        _known(asked)
        found = queries.page(
            filters_of(asked, now), request.actor, request.GET.get("cursor") or None, SIZE, _sort(asked)
        )
    except BadInput as error:
        found, problem = Page((), None, 0), error.detail
    context = {
        "title": title_of(asked),
        "counted": _counted(found, bool(request.GET.get("cursor"))),
        "chips": _chips(request, asked),
        "rows": rows.rows(found.rows, rows.lengths(found.rows), now),
        "problem": problem,
        "empty": EMPTY.get(asked.get("due", ""), f"没有找到与“{typed}”有关的工单。" if typed else "这里没有工单。"),
        "filtered": bool(asked),
        "clear": "/orders/",
        "first_page": _url(asked) if request.GET.get("cursor") else "",
        "next_page": _url({**asked, "cursor": found.next_cursor}) if found.next_cursor else "",
        "together": offered(request),
        "key": drafts.new_key(request),
        "here": _url(asked),
        "export": "?" + urlencode(asked) if asked else "",
        "may_register": "register" in shell.commands_of(request.actor),
    }
    return shell.page(request, "web/queue.html", context, 422 if problem else 200)


def read_of(request: StaffRequest) -> dict[str, str]:
    """What the URL asks for."""
    return {key: request.GET[key].strip()[:100] for key in KNOWN if request.GET.get(key, "").strip()}


def asked_of(request: StaffRequest) -> dict[str, str]:
    """What the URL asks for, checked. Raises BadInput."""
    asked = read_of(request)
    _known(asked)
    return asked


def _known(asked: dict[str, str]) -> None:
    """Raises BadInput for a choice that is not offered, as in an old or mistyped link."""
    for key, (title, choices) in CHOICES.items():
        if key in asked and asked[key] not in choices:
            raise BadInput(f"网址里的“{title}”无法识别, 请从上面重新选择。", key)


def _is_there(request: StaffRequest, number: str) -> bool:
    found = queries.page(Filters(number=number), request.actor, None, 2)
    return len(found.rows) == 1 and found.rows[0].number == number


def filters_of(asked: dict[str, str], now: int) -> Filters:
    """The URL as the filters of the orders room. Raises BadInput for what cannot be searched."""
    today = (now + 8 * 3600) // 86400 * 86400 - 8 * 3600
    span = {"today": (now, today + 86400), "late": (None, now), "soon": (now, today + 3 * 86400)}
    after, before = span.get(asked.get("due", ""), (None, None))
    number = requester = text = None
    typed = asked.get("q", "")
    if typed.isascii() and typed.isdigit() and len(typed) > 4:
        requester = vault.find_by_phone(typed) if len(typed) in (8, 10, 11, 12) else None
        number = None if requester else typed
    elif typed:
        text = typed
    return Filters(
        states=(asked["state"],) if "state" in asked else (),
        category=asked.get("category"),
        source=asked.get("source"),
        flags=(asked["flag"],) if "flag" in asked else (),
        card=asked.get("card"),
        emergency=True if asked.get("emergency") else None,
        due_after=after,
        due_before=before,
        text=text,
        number=number,
        requester=requester,
    )


def _sort(asked: dict[str, str]) -> str:
    return asked.get("sort") or ("due" if "due" in asked else "registered")


def title_of(asked: dict[str, str]) -> str:
    """The list's name."""
    if "q" in asked:
        return f"查找“{asked['q']}”"
    said = [
        asked.get("category", ""),
        asked.get("source", ""),
        DUE.get(asked.get("due", ""), ""),
        STATES.get(asked.get("state", ""), ""),
        CARDS.get(asked.get("card", ""), ""),
        FLAGS.get(asked.get("flag", ""), ""),
    ]
    return "、".join(filter(None, said)) or "全部工单"


def _counted(found: Page, later: bool) -> str:
    if later or found.estimate is None or not found.rows:
        return ""
    return f"约 {found.estimate} 件" if found.next_cursor else f"{found.estimate} 件"


def _url(asked: dict[str, Any]) -> str:
    return "/orders/" + ("?" + urlencode(asked) if asked else "")


def _chips(request: StaffRequest, asked: dict[str, str]) -> list[dict[str, Any]]:
    """The filters above the list: each is a link to the list with that filter changed."""

    def with_(key: str, value: str | None) -> str:
        rest = {name: text for name, text in asked.items() if name != key}
        return _url({**rest, key: value} if value else rest)

    def choice(key: str, title: str, options: dict[str, str]) -> dict[str, Any]:
        here = asked.get(key, "")
        lines = [{"title": "不限", "url": with_(key, None), "on": not here}]
        lines += [{"title": text, "url": with_(key, code), "on": code == here} for code, text in options.items()]
        return {"title": options.get(here, title), "on": bool(here), "options": lines}

    book = books.newest(request.user.platform.book)
    categories = book.categories.value if book and book.categories else ()
    urgent = "emergency" in asked
    chips: list[dict[str, Any]] = [
        {"title": "全部", "url": _url({}), "on": not asked},
        {"sep": True},
        choice("state", "状态", STATES),
        choice("due", "期限", DUE),
        choice("category", "类别", {item: item for item in categories}),
        choice("card", "亮牌", CARDS),
        choice("flag", "标记", FLAGS),
        {
            "title": "紧急",
            "url": with_("emergency", None if urgent else "1"),
            "on": urgent,
        },
        {"sep": True},
        choice("sort", "排序", SORTS),
    ]
    if "source" in asked:
        chips.append({"title": f"来源: {asked['source']}", "url": with_("source", None), "on": True, "close": True})
    if "q" in asked:
        chips.append({"title": f"查找: {asked['q']}", "url": with_("q", None), "on": True, "close": True})
    return chips

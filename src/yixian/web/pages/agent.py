"""The agent desk (受理台): one page for one call, and the card with which a call is wrapped up."""

from __future__ import annotations

import uuid
from dataclasses import replace
from itertools import islice
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from yixian.intake import calls
from yixian.intake.models import ENDINGS
from yixian.lifecycle.again import ENDED
from yixian.orders import clock, numbers, queries, unit_list
from yixian.orders.errors import BadInput, OrderError
from yixian.parties.roles import READ_ORDERS
from yixian.registers import phrases
from yixian.registers import queries as registers
from yixian.rulebook import Rulebook
from yixian.web import beside, books, drafts, problems, shell
from yixian.web.access import StaffRequest, needs, sent
from yixian.web.pages import agent_ending
from yixian.web.present import agent, forms, order
from yixian.web.present.forms import Choices, Field
from yixian.web.sending import Trouble

HOME = "/agent/"
MOST_TOPICS = 50
MOST_SAID = 100
MOST_UNITS = 500


@require_http_methods(["GET", "POST"])
@needs(READ_ORDERS)
def desk(request: StaffRequest) -> HttpResponse:
    """The call's page, and what ends the call."""
    if "register" not in shell.commands_of(request.actor):
        return problems.show(request, 403, "没有权限", "您的角色不登记诉求; 话务员和派单员可以登记。")
    book = books.newest(request.user.platform.book)
    offered = _offered(request, book)
    left_out = agent.LEFT_OUT | (frozenset() if book and book.intake.duties else {"duties_told"})
    left_out |= frozenset() if offered.options.get("topics") else {"topics"}
    form = forms.fields_of("register", offered, leave_out=left_out)
    endings = [name for name, command in agent.SECONDS.items() if command in shell.commands_of(request.actor)]
    seconds = {name: agent.prefixed(name, offered) for name in endings}
    trouble: Trouble | None = None
    ending = "register"
    if request.method == "POST":
        ending = agent_ending.ending_of(request, (*endings, *agent.JOINED))
        answer = agent_ending.end(request, form, seconds.get(ending, []), ending)
        if not isinstance(answer, Trouble):
            return HttpResponseRedirect(f"{HOME}done/{answer.order_no}/")
        trouble = answer
    context = _context(request, book, form, seconds, trouble)
    return shell.page(request, "web/agent/desk.html", context, status=trouble.status if trouble else 200)


def moved(request: StaffRequest) -> HttpResponse:
    """The former address of the form leads to the desk."""
    query = request.GET.urlencode()
    return HttpResponseRedirect(HOME + (f"?{query}" if query else ""))


def _context(
    request: StaffRequest,
    book: Rulebook | None,
    form: list[Field],
    seconds: dict[str, list[Field]],
    trouble: Trouble | None,
) -> dict[str, Any]:
    data, draft, version, restored, problem = _typed(request)
    if trouble is not None and trouble.stale and trouble.status == 409:
        draft, version = str(uuid.uuid4()), "0"  # the draft it belonged to is gone
    errors = trouble.errors if trouble else {}
    first = {"channel": ["phone"], **data}
    shown = {item.path: item for item in forms.filled(form, first, errors)}
    ending = (data.get("ending") or ["register"])[0]
    known = [item for item in (*seconds, *agent.JOINED) if item == ending]
    now = clock.now()
    others = [one for one in calls.kept(request.actor) if one.id != draft]
    return {
        "phone": shown["requester.phone"],
        "caller": [shown[path] for path in agent.CALLER],
        "ticks": [shown[path] for path in agent.TICKS if path in shown and path != "duties_told"],
        "told": shown.get("duties_told"),
        "duties": book.intake.duties if book else None,
        "text": shown["text"],
        "place": shown["place"],
        "division": (data.get("division") or [""])[0],
        "category": shown["category"],
        "emergency": shown.get("emergency"),
        "rare": [shown[path] for path in agent.RARE if path in shown],
        "rare_open": any(
            shown[path].error or (shown[path].value and path != "channel") for path in agent.RARE if path in shown
        ),
        "seconds": [
            {
                "name": name,
                "title": agent.TABS[name],
                "open": name in known,
                "button": agent.BUTTONS[name],
                "fields": forms.filled([item for item in fields if item.path != "decline.ground"], data, errors),
                "grounds": agent.grounds(book) if name == "decline" else [],
                "ground": (data.get("decline.ground") or [""])[0],
                "wrong": errors.get("decline.ground", ""),
                "phrases": phrases.for_use("答复", request.actor) if name in ("answer", "three_party") else [],
            }
            for name, fields in seconds.items()
        ],
        "ending": known[0] if known else "register",
        "button": agent.BUTTONS[known[0] if known else "register"],
        "buttons": agent.BUTTONS,
        "target": (data.get("target") or [""])[0],
        "phrases": phrases.for_use("登记", request.actor),
        "trouble": trouble,
        "file_error": errors.get("file", ""),
        "problem": problem,
        "restored": restored,
        "key": request.POST.get(drafts.FIELD) or drafts.new_key(request),
        "draft": draft,
        "version": version,
        "drafts": [agent.draft_line(one, now) for one in others],
        "recover": bool(others) and not request.GET.get("next") and trouble is None and not restored,
    }


def _typed(request: StaffRequest) -> tuple[drafts.Fields, str, str, str, str]:
    """What stands in the form: what was sent, kept over a login, kept as a draft, or asked for by the address.

    Returns the fields, the draft's id and version, a word of where they come from, and what is wrong with the address.
    """
    if request.method == "POST":
        data = drafts.typed(request)
        return data, *_draft_of(data), "", ""
    kept = drafts.take(request)
    if kept:
        return kept, *_draft_of(kept), "已恢复您登录前填写的内容, 请确认后提交。", ""
    asked = request.GET.get("draft", "")
    if asked:
        try:
            found = calls.take(request.actor, asked)
        except OrderError as error:
            return {}, str(uuid.uuid4()), "0", "", error.detail
        word = "已打开暂存的登记, 请接着填写。附件没有暂存, 有附件的请重新选择。"
        return found.fields, found.id, str(found.version), word, ""
    phone = request.GET.get("phone", "").strip()[:40]
    return {"requester.phone": [phone]} if phone else {}, str(uuid.uuid4()), "0", "", ""


def _draft_of(data: drafts.Fields) -> tuple[str, str]:
    draft, version = (data.get("draft_id") or [""])[0], (data.get("draft_version") or ["0"])[0]
    try:
        return str(uuid.UUID(draft)), version if version.isascii() and version.isdigit() else "0"
    except ValueError:
        return str(uuid.uuid4()), "0"


def _offered(request: StaffRequest, book: Rulebook | None) -> Choices:
    """What the form offers: the book's words, the platform's units, topics, platforms to hand over to."""
    platform = request.user.platform
    offered = forms.choices(book, ())
    units = (unit.name for unit in unit_list.listed(platform.path) if unit.path == platform.path)
    names = tuple(islice(units, MOST_UNITS))
    receivers = beside.receivers_of(platform.code) if "transfer" in shell.commands_of(request.actor) else ()
    offers = {"dispatch.lead": names, "decline.inform_unit": names, "answer.party": names, "transfer.to": receivers}
    options = {**offered.options, "topics": _topics(request, book)}
    return replace(offered, options=options, offers={**offered.offers, **offers})


def _topics(request: StaffRequest, book: Rulebook | None) -> tuple[forms.Option, ...]:
    """What goes first by the rules (优先办理), and the topics that the register knows as concentrated or seasonal."""
    if book is None or book.intake.priority is None:
        return ()
    words = list(book.intake.priority.value)
    for entry in registers.entries("topic", platform_path=request.user.platform.path, limit=MOST_TOPICS):
        words.append(f"{entry.values.get('nature', '')}: {entry.values.get('matter', '')}"[:MOST_SAID])
    return tuple((word, word) for word in dict.fromkeys(words))


# --- after the call -----------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@needs(READ_ORDERS)
def done(request: StaffRequest, number: str) -> HttpResponse:
    """The wrap-up card: what to tell the caller, the notes of the call, and on to the next one."""
    call = calls.last(request.actor, number)
    wrong, status = "", 200
    if request.method == "POST":
        try:
            calls.summed_up(request.actor, number, request.POST.get("notes", ""))
        except BadInput as error:
            wrong, status = error.detail, 422
        else:
            messages.success(request, "小结已保存")
            return HttpResponseRedirect(f"{HOME}done/{number}/" if request.POST.get("stay") else f"{HOME}?next=1")
    found = queries.detail(number, request.actor)
    state, now = found.state, clock.now()
    book = books.version(state.book, state.version)
    running, _ = order.chips(state, book, books.calendar(state.book), found.units, now)
    events = queries.timeline(number, request.actor)
    context = {
        "number": number,
        "code": numbers.query_code(number) if call.ending not in agent.JOINED else "",
        "ending": ENDINGS[call.ending],
        "state": state,
        "open": state.state not in ENDED,
        "person": order.person(found.requester)[:2],
        "told": agent.told(state, call.ending, found.units, events[-1].data if events else {}),
        "clocks": agent.by_when(state, running),
        "party": call.party,
        "notes": request.POST.get("notes", call.notes),
        "hidden": call.notes_ref is not None,
        "wrong": wrong,
    }
    return shell.page(request, "web/agent/done.html", context, status)


@sent(HOME)
@needs(READ_ORDERS)
def discard(request: StaffRequest, draft: str) -> HttpResponse:
    """Destroy a draft."""
    try:
        gone = calls.drop(request.actor, draft)
    except OrderError:
        gone = False
    if gone:
        messages.success(request, "已丢弃这份未完成的登记")
    else:
        messages.warning(request, "这份登记已经提交或丢弃。")
    return HttpResponseRedirect(HOME)

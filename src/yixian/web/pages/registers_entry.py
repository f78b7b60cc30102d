"""One entry of a register: filing it, reading it with its history, amending and voiding it, its files; samples."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from yixian.lifecycle.state import STATES
from yixian.orders import attachments, clock, unit_list
from yixian.orders.errors import BadInput, Changed, Denied, OrderError
from yixian.parties import actions as parties
from yixian.parties.errors import PartyError
from yixian.parties.roles import READ_ORDERS
from yixian.parties.sessions import address_of
from yixian.registers import actions, asked, queries, reading, sampling
from yixian.registers.actions import Invalid
from yixian.registers.asked import Register
from yixian.registers.kinds import KEEPER, UNIT
from yixian.registers.queries import Detail
from yixian.web import drafts, picking, problems, shell, uploads
from yixian.web.access import StaffRequest, needs
from yixian.web.pages.registers import registers_here, unit_options
from yixian.web.present import moments
from yixian.web.present import registers as present
from yixian.web.present.forms import BETWEEN_UNITS

FILES = "register"
NOT_FIELDS = frozenset({drafts.FIELD, "unit", "seen", "note", "file"})


@require_http_methods(["GET", "POST"])
@needs(READ_ORDERS)
def new(request: StaffRequest, kind: str) -> HttpResponse:
    """The form of a new entry, and its sending."""
    place, found = registers_here(request)
    register = found.get(kind)
    if register is None or not register.kind.fields:
        raise Http404
    if not actions.may_file(request.actor, register, place.path):
        return problems.show(request, 403, "没有权限", f"您的角色不能报送“{register.title}”。")
    kept = drafts.take(request) if request.method == "GET" else drafts.typed(request)
    typed = kept or {key: [text[:4000] for text in values] for key, values in request.GET.lists()}
    error: OrderError | None = None
    if request.method == "POST":
        try:
            entry = actions.file(
                request.actor,
                kind,
                _values(request, register, typed),
                platform=place.id,
                unit=next(iter(_codes(request, typed.get("unit", ()))), None),
                key=drafts.key_of(request),
            )
        except (Invalid, BadInput, Changed) as wrong:
            error = wrong
        else:
            _tell_filed(request, entry)
            return HttpResponseRedirect(f"/registers/{kind}/{entry.pk}/")
    return _form(request, register, typed, error, "报送", f"/registers/{kind}/")


@require_http_methods(["GET", "POST"])
@needs(READ_ORDERS)
def edit(request: StaffRequest, kind: str, number: int) -> HttpResponse:
    """The form of an entry that is amended, and its sending."""
    detail = queries.detail(request.actor, number)
    register = _register(detail, kind)
    if not actions.may_change(request.actor, detail.entry) or detail.withheld:
        raise Denied("这条登记由报送单位或台账管理人员修改。")
    stored = {**reading.as_typed(register.kind, detail.entry.values), "seen": [str(detail.entry.version)]}
    typed = (drafts.take(request) or stored) if request.method == "GET" else drafts.typed(request)
    error: OrderError | None = None
    if request.method == "POST":
        seen = (typed.get("seen") or [""])[0]
        try:
            entry = actions.amend(
                request.actor,
                number,
                _values(request, register, typed),
                seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else None,
                note=(typed.get("note") or [""])[0],
            )
        except (Invalid, BadInput, Changed) as wrong:
            error = wrong
        else:
            messages.success(request, "已修改, 原来的内容保留在记录里。")
            return HttpResponseRedirect(f"/registers/{kind}/{entry.pk}/")
    return _form(request, register, typed, error, "修改", f"/registers/{kind}/{number}/", detail)


@require_http_methods(["GET", "POST"])
@needs(READ_ORDERS)
def one(request: StaffRequest, kind: str, number: int) -> HttpResponse:
    """One entry with its history; what is sent here voids it or adds files to it."""
    detail = queries.detail(request.actor, number)
    register = _register(detail, kind)
    problem: OrderError | None = None
    if request.method == "POST":
        try:
            done = _changed(request, detail)
        except (Invalid, BadInput, Changed) as error:
            problem = error
        else:
            messages.success(request, done)
            return HttpResponseRedirect(f"/registers/{kind}/{number}/")
    entry = detail.entry
    codes = {str(code) for version in detail.versions for code in version.values.get("units", ())}
    names = queries.names_of(codes) if codes else {}
    may_change = actions.may_change(request.actor, entry) and not detail.withheld
    context = {
        "title": entry.title,
        "register": register,
        "kind": kind,
        "entry": entry,
        "facts": present.facts(register.kind, entry.values, names),
        "about": present.about(entry),
        "history": present.history(register.kind, detail.versions, names),
        "orders": detail.orders,
        "withheld": detail.withheld,
        "files": uploads.size_words(attachments.of_owner(FILES, entry.pk)) if not detail.withheld else [],
        "may_change": may_change,
        "voided": entry.status == "void",
        "problem": problem,
        "reason": request.POST.get("reason", "")[:500],
    }
    return shell.page(request, "web/registers/entry.html", context, problem.status if problem else 200)


@require_http_methods(["GET", "POST"])
@needs(READ_ORDERS)
def secrecy(request: StaffRequest) -> HttpResponse:
    """A unit's leader files the secrecy requirements of its orders (保密要求报备); they are kept in the directory."""
    unit, actor = request.user.unit, request.actor
    if unit is None or "unit_leader" not in actor.roles:
        return problems.show(request, 403, "没有权限", "保密要求由承办单位负责人报备。")
    typed = drafts.take(request) if request.method == "GET" else drafts.typed(request)
    given = {name: (typed.get(name) or [""])[0] for name in ("requirement", "until")} if typed else {}
    wrong = ""
    if request.method == "POST":
        try:
            until = dt.date.fromisoformat(given["until"]) if given.get("until") else None
            parties.file_confidentiality(actor=actor, unit=unit, requirement=given.get("requirement", ""), until=until)
        except ValueError:
            wrong = "有效期应写作 2026-11-23, 长期有效的留空。"
        except PartyError as error:
            wrong = error.message
        else:
            messages.success(request, "已报备。")
            return HttpResponseRedirect("/registers/secrecy/")
    context = {
        "title": "报备保密要求",
        "given": given,
        "wrong": wrong,
        "unit": unit.name,
        "key": drafts.new_key(request),
    }
    return shell.page(request, "web/registers/secrecy_new.html", context, 422 if wrong else 200)


@require_safe
@needs(READ_ORDERS)
def download(request: StaffRequest, kind: str, number: int, file: int) -> HttpResponse:
    """One file of an entry."""
    detail = queries.detail(request.actor, number)
    if detail.entry.kind != kind or detail.withheld:
        raise Http404
    row, content = attachments.handed_out(
        FILES,
        number,
        file,
        request.actor,
        subject=f"台账 {number}",
        path=detail.entry.platform.path,
        address=address_of(request),
    )
    return uploads.sent_as_file(row, content)


@require_safe
@needs(READ_ORDERS)
def sample(request: StaffRequest) -> HttpResponse:
    """A random sample of orders for overseers and for checking calls: drawn again by the same word."""
    if request.actor.kind == "unit":
        return problems.show(request, 403, "没有权限", "抽样由热线人员进行。")
    today = moments.local(clock.now()).date()
    given = {key: request.GET.get(key, "").strip()[:60] for key in ("first", "last", "size", "seed", "of", "sheets")}
    given["first"] = given["first"] or (today - dt.timedelta(days=30)).isoformat()
    given["last"] = given["last"] or today.isoformat()
    given["size"], given["seed"] = given["size"] or "10", given["seed"] or today.isoformat()
    calls, problem, found = given["of"] == "call_sample", "", []
    try:
        found = sampling.draw(
            request.actor,
            first=_date(given["first"]),
            last=_date(given["last"]),
            size=int(given["size"]) if given["size"].isascii() and given["size"].isdigit() else 0,
            seed=given["seed"],
            channel="phone" if calls else "",
            unfinished=calls,
        )
    except BadInput as error:
        problem = error.detail
    kind = "call_sample" if calls else "oversight"
    names = queries.names_of(one.unit for one in found if one.unit)
    context = {
        "title": "抽查来电登记" if calls else "抽样工单",
        "given": given,
        "problem": problem,
        "rows": [(one, STATES.get(one.state, one.state), names.get(one.unit, one.unit)) for one in found],
        "enter": f"/registers/{kind}/new/?" + urlencode({"orders": "\n".join(one.number for one in found)}),
        "calls": calls,
        "sheets": sampling.sheets(found) if given["sheets"] and not calls else [],
        "sheets_url": "/registers/sample/?" + urlencode({**given, "sheets": "1"}),
        "place": request.user.platform.name,
        "printed": moments.absolute(clock.now()),
    }
    return shell.page(request, "web/registers/sample.html", context, 422 if problem else 200)


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"日期写法不对: {text[:20]}; 应写作 2026-11-23。", "first") from None


def _register(detail: Detail, kind: str) -> Register:
    """The register as the platform's rules had it when the entry was filed."""
    entry = detail.entry
    day = moments.local(int(entry.filed_at.timestamp())).date()
    found = asked.register_of(asked.book_of(entry.platform.book, day), kind)
    if found is None or entry.kind != kind:
        raise Http404
    return found


def _values(request: StaffRequest, register: Register, typed: drafts.Fields) -> dict[str, list[str]]:
    """What was typed, field by field; a unit's name is as good as its code."""
    units = {item.code for item in register.kind.fields if item.type == "units"}
    return {
        code: _codes(request, values) if code in units else values
        for code, values in typed.items()
        if code not in NOT_FIELDS
    }


def _codes(request: StaffRequest, values: Iterable[str]) -> list[str]:
    words = [word.strip() for text in values for word in BETWEEN_UNITS.split(text) if word.strip()]
    known = unit_list.of_words(words, picking.path_of(None, request))
    return list(dict.fromkeys(known[word].code if word in known else word for word in words))


def _tell_filed(request: StaffRequest, entry: Any) -> None:
    if entry.late:
        due = moments.until(int(entry.due_at.timestamp()))
        messages.warning(request, f"已报送, 但晚于规定时限 ({due}), 记为逾期。")
    elif entry.early:
        messages.warning(request, "已报送, 但早于规定可以报送的日期。")
    else:
        messages.success(request, "已报送。")


def _changed(request: StaffRequest, detail: Detail) -> str:
    """Void the entry, or keep files with it; returns what to say."""
    entry = detail.entry
    if "reason" in request.POST:
        actions.void(request.actor, entry.pk, request.POST["reason"])
        return "已作废, 原来的内容仍可查看。"
    if not actions.may_change(request.actor, entry) or detail.withheld:
        raise Denied("这条登记由报送单位或台账管理人员修改。")
    given = uploads.uploads_of(request)
    if not given:
        raise BadInput("没有选择文件", "file")
    address, path = address_of(request), entry.platform.path
    attachments.keep(FILES, entry.pk, given, request.actor, subject=f"台账 {entry.pk}", path=path, address=address)
    return f"已加 {len(given)} 个附件。"


def _form(
    request: StaffRequest,
    register: Register,
    typed: drafts.Fields,
    error: OrderError | None,
    verb: str,
    back: str,
    detail: Detail | None = None,
) -> HttpResponse:
    errors = error.errors if isinstance(error, Invalid) else {}
    options = unit_options(request)
    path = picking.path_of(None, request)
    fields = picking.shown(present.form(register.kind, typed, errors, options), path)
    choose = detail is None and request.actor.kind != "unit"
    owes = register.owes == "unit" and UNIT in register.kind.files and KEEPER not in register.kind.files
    whose = present.unit_field(typed.get("unit", []), errors.get("unit", ""), options, owes)
    context = {
        "title": f"{verb}{register.title}",
        "register": register,
        "fields": fields,
        "unit": picking.shown([whose], path)[0] if choose else None,
        "grounds": register.grounds,
        "note": (typed.get("note") or [""])[0] if detail else None,
        "seen": (typed.get("seen") or [""])[0],
        "error": error,
        "back": back,
        "verb": verb,
        "key": request.POST.get(drafts.FIELD) or drafts.new_key(request),
        "own": request.user.unit.name if request.user.unit else "",
    }
    return shell.page(request, "web/registers/form.html", context, error.status if error else 200)

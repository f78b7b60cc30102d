"""The reply editor (答复稿): parts instead of one field, checks and a preview while one types, saved on the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_POST
from msgspec import structs

from yixian.lifecycle import Refusal
from yixian.lifecycle.commands import DraftReply, PayloadError, Reply, RequestExtension, parse
from yixian.orders import clock, inside, queries, rehearsing, reply_drafts
from yixian.orders.errors import OrderError
from yixian.orders.queries import Detail
from yixian.orders.rehearsing import Checked
from yixian.parties.roles import READ_ORDERS
from yixian.registers import phrases
from yixian.web import books, drafts, shell
from yixian.web.access import StaffRequest, needs
from yixian.web.present import answering, forms, moments, order, reply_form
from yixian.web.present.forms import Field

COMMANDS = frozenset({"reply", "draft_reply"})
TEXT = "text"
_OURS = ("text", "contacted", "explanation", "office", "signed_by", "delegat")
Typed = dict[str, list[str]]


# ---- the field of the form ------------------------------------------------------------------------------------------


def _draft(request: StaffRequest, found: Detail) -> str:
    """The draft that waits, for people of the unit that answers; nobody else reads it."""
    own = request.actor.kind == "unit" and found.state.lead in request.actor.unit_codes
    return order.draft_text(found.state) if own else ""


def prepared(request: StaffRequest, found: Detail, command: str, form: list[Field]) -> list[Field]:
    """The form of the command with the reply in parts, where it is about a reply."""
    if command not in COMMANDS:
        return form
    made = reply_form.form_of(found.state, books.version(found.state.book, found.state.version))
    keeps = command == "reply" and bool(_draft(request, found))
    return [replace(item, kind="reply", form=made, keeps=keeps) if item.path == TEXT else item for item in form]


def rewrites(request: StaffRequest, command: str) -> bool:
    """Whether the form only asks to be shown in another way: the whole text, or parts again."""
    return command in COMMANDS and request.method == "POST" and request.POST.get("as") in ("whole", "parts")


def rewritten(request: StaffRequest, form: Sequence[Field]) -> Typed:
    """What was typed, for the other way of showing it."""
    data = drafts.typed(request)
    field = next(item for item in form if item.path == TEXT)
    if request.POST.get("as") == "parts":
        text = (data.get(TEXT) or [""])[0]
        if field.form is not None and (not text.strip() or reply_form.split(field.form, text) is not None):
            return {key: rows for key, rows in data.items() if key != f"{TEXT}.whole"}
        return data | {"unsplit": ["1"]}
    text = reply_form.text_of(field.form, TEXT, {key: rows for key, rows in data.items() if key != f"{TEXT}.keep"})
    return {key: rows for key, rows in data.items() if not key.startswith(f"{TEXT}.")} | {
        TEXT: [text],
        f"{TEXT}.whole": ["1"],
    }


def begun(request: StaffRequest, found: Detail, command: str) -> tuple[Typed | None, str]:
    """What the editor begins with: what was reported inside where that is asked for, else what was saved; and when."""
    if command not in COMMANDS or request.method != "GET":
        return None, ""
    if step := request.GET.get("from", ""):
        known = inside.of_order(found.number, request.actor)
        text = next((item.text for item in known.steps if str(item.id) == step and item.text), "") if known else ""
        if text:
            return {TEXT: [text]}, ""
    kept = reply_drafts.read(found.number, request.actor)
    return (kept.fields, reply_drafts.saved_words(kept.saved)) if kept is not None else (None, "")


def shown(
    request: StaffRequest, found: Detail, command: str, form: list[Field], typed: Mapping[str, Sequence[str]] | None
) -> list[Field]:
    """The form with the reply's parts filled in, as typed or with what is known."""
    if command not in COMMANDS:
        return form
    return [_filled(request, found, item, typed) if item.kind == "reply" else item for item in form]


def _filled(
    request: StaffRequest, found: Detail, field: Field, typed: Mapping[str, Sequence[str]] | None
) -> Field:  # fmt: skip
    if typed is None and field.keeps:
        typed = {TEXT: [_draft(request, found)]}
    whole = typed is not None and f"{TEXT}.whole" in typed
    made, parts, text = reply_form.shown(field.form, TEXT, typed, _known(request, found))
    if whole:
        made, parts, text = None, (), (typed or {}).get(TEXT, [""])[0]
    return replace(field, form=made, values=parts, value=text)


def _known(request: StaffRequest, found: Detail) -> dict[str, str]:
    """What the template's short blanks can be filled with beforehand."""
    state = found.state
    names = queries.formal_names([state.lead]) if state.lead else {}
    unit = names.get(state.lead or "", "")
    today = moments.local(clock.now())
    return {
        "单位名称": unit,
        "承办单位": unit,
        "具体办理单位": unit,
        "部门名称": unit,
        "经办人": request.actor.name,
        "事项": state.subject or "",
        "年月日": f"{today.year}年{today.month}月{today.day}日",
    }


def context(
    request: StaffRequest, found: Detail, command: str, typed: Mapping[str, Sequence[str]] | None, saved: str
) -> dict[str, Any]:
    """What the editor shows beside the parts; {} for other forms."""
    if command not in COMMANDS:
        return {}
    book = books.version(found.state.book, found.state.version)
    made = reply_form.form_of(found.state, book)
    kept = reply_drafts.read(found.number, request.actor)
    return {
        "url": f"/replies/{found.number}/{command}/",
        "version": kept.version if kept else 0,
        "saved": saved,
        "unsplit": typed is not None and "unsplit" in typed,
        "has_form": made is not None,
        "edited": typed is not None and f"{TEXT}.edit" in typed,
        "draft": _draft(request, found) if command == "reply" else "",
        "advice": answering.wanted(found.state, book, command),
        "basis": made.basis if made else (),
        "title": made.title if made else "",
        "target": next((f"f-text-{blank.index}" for blank in made.blanks if blank.area), "f-text")
        if made
        else "f-text",
        "phrases": phrases.for_use("答复", request.actor, found.state.category),
        "checked": _shown_check(
            _checked(request, found, command, {name: list(rows) for name, rows in (typed or {}).items()}), ""
        ),
    }


def sent(request: StaffRequest, number: str, command: str) -> None:
    """After the command was taken: what was saved of it is not needed any more."""
    if command in COMMANDS:
        reply_drafts.drop(number, request.actor)


# ---- while one types ------------------------------------------------------------------------------------------------


@require_POST
@needs(READ_ORDERS)
def check(request: StaffRequest, number: str, command: str) -> HttpResponse:
    """Save what was typed and say what the rules' checks say of it, with what the requester would get."""
    if command not in COMMANDS:
        raise Http404
    found = queries.detail(number, request.actor)
    typed = drafts.typed(request)
    if "drop" in typed:
        reply_drafts.drop(number, request.actor)
        return shell.fragment(request, "web/desks/unit_check.html", {"check": _shown_check(None, ""), "version": 0})
    version, said, wrong = _saved(request, number, command, typed)
    checked = _shown_check(_checked(request, found, command, typed), said)
    return shell.fragment(
        request, "web/desks/unit_check.html", {"check": checked, "version": version, "not_saved": wrong}
    )


def _saved(request: StaffRequest, number: str, command: str, typed: Typed) -> tuple[int, str, str]:
    """Version and time of the save, and why it was not saved."""
    given = (typed.get("draft_version") or ["0"])[0]
    version = int(given) if given.isascii() and given.isdigit() and len(given) < 9 else 0
    fields = {name: rows for name, rows in typed.items() if name.startswith(_OURS)}
    if not any(row.strip() for name, rows in fields.items() for row in rows if name not in _MARKS):
        return version, "", ""
    try:
        kept = reply_drafts.save(number, request.actor, command, fields, version)
    except OrderError as error:
        return version, "", error.detail
    return kept.version, reply_drafts.saved_words(kept.saved), ""


_MARKS = frozenset({f"{TEXT}.parts", f"{TEXT}.keep", f"{TEXT}.edit", f"{TEXT}.whole"})


def _checked(request: StaffRequest, found: Detail, command: str, typed: Typed) -> Checked | str:
    """What the checks say, or why there is nothing to check yet."""
    book = books.version(found.state.book, found.state.version)
    form = forms.fields_of(command, forms.choices(book, ()), leave_out=forms.not_asked(book, command))
    form = prepared(request, found, command, form)
    try:
        payload = parse(command, forms.read(form, typed)).payload
        assert isinstance(payload, (Reply, DraftReply))
        if not payload.text and not _draft(request, found):
            return "还没有写答复内容。"
        return rehearsing.checked(found.number, request.actor, command, payload)
    except PayloadError as error:
        return "还没有写答复内容。" if "缺少" in error.message else error.message
    except OrderError as error:
        return error.detail


def _shown_check(found: Checked | str | None, saved: str) -> dict[str, Any]:
    """The panel beside the editor."""
    if not isinstance(found, Checked):
        return {"empty": found or "", "saved": saved, "told": ""}
    return {
        "refusals": found.refusals,
        "warnings": found.warnings,
        "refused": found.refused,
        "refused_basis": found.refused_basis,
        "basis": found.basis,
        "told": found.told,
        "length": len(found.told),
        "saved": saved,
        "good": not found.refusals and not found.warnings and not found.refused,
    }


# ---- an extension's new due time ------------------------------------------------------------------------------------


def extension_context(request: StaffRequest, found: Detail, command: str) -> dict[str, Any] | None:
    """What an approved extension would lead to, for the form that asks for one."""
    if command != "request_extension":
        return None
    return {"url": f"/extensions/{found.number}/", "due": _extended(request, found, drafts.typed(request))}


@require_POST
@needs(READ_ORDERS)
def extension(request: StaffRequest, number: str) -> HttpResponse:
    """The due time that the length asked for would give."""
    found = queries.detail(number, request.actor)
    return shell.fragment(
        request, "web/desks/unit_extension.html", {"due": _extended(request, found, drafts.typed(request))}
    )


def _extended(request: StaffRequest, found: Detail, typed: Typed) -> dict[str, Any]:
    book = books.version(found.state.book, found.state.version)
    try:
        form = forms.fields_of("request_extension", forms.choices(book, ()))
        payload = parse("request_extension", forms.read(form, typed)).payload
        assert isinstance(payload, RequestExtension)
        answer = rehearsing.extended(
            found.number, request.actor, structs.replace(payload, reason=payload.reason or "…")
        )
    except PayloadError as error:
        return {"wrong": error.message, "basis": ()}
    except OrderError as error:
        return {"wrong": error.detail, "basis": error.basis}
    if isinstance(answer, Refusal):
        return {"wrong": answer.reason, "basis": answer.basis}
    now, then = answer
    return {"now": moments.until(now) if now else "", "then": moments.until(then) if then else ""}

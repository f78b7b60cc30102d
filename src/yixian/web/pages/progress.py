"""Public progress by number and query code, and what a requester may do there: supplement, urge, rate."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from yixian.intake import staging
from yixian.lifecycle.commands import PayloadError, parse
from yixian.orders import actions, attachments, clock, platforms, queries
from yixian.orders.errors import BadInput, KeyClash, NotFound, OrderError, TooMany, Unavailable
from yixian.orders.outcome import Outcome
from yixian.orders.queries import Progress
from yixian.parties import access as parties_access
from yixian.parties import limits
from yixian.parties.errors import TooOften
from yixian.parties.sessions import address_of
from yixian.web import books, drafts, keeping, problems, uploads
from yixian.web.access import PUBLIC, needs, sent
from yixian.web.present import moments, portal

KEPT = "progress"
DEEDS = {"supplement": "已收到您补充的情况", "urge": "已记录您的催办", "evaluate": "谢谢您的评价"}
MINUTES = 30


@require_http_methods(["GET", "POST"])
@needs(PUBLIC)
def look(request: HttpRequest) -> HttpResponse:
    """Ask for number and code; where they are known, show the progress."""
    if request.method == "POST":
        number, code = request.POST.get("number", "").strip()[:40], request.POST.get("code", "").strip()[:12]
        try:
            limits.count("public-query", request.META)
            _progress(request, number, code)
        except TooOften as error:
            return _not_shown(request, error.message, number, 429)
        except (NotFound, TooMany) as error:
            return _not_shown(request, error.detail, number, error.status)
        keeping.put(request.session, KEPT, {"number": number, "code": code})
        if not request.user.is_authenticated:
            request.session.set_expiry(MINUTES * 60)
        return HttpResponseRedirect("/progress/")
    known = _known(request)
    if known is None:
        return render(request, "web/progress.html", {})
    return _show(request, *known)


@sent("/progress/")
@needs(PUBLIC)
def act(request: HttpRequest, deed: str) -> HttpResponse:
    """Supplement, urge or rate as the requester."""
    known = _known(request)
    if known is None or deed not in DEEDS:
        return HttpResponseRedirect("/progress/")
    number, code = known
    found = _progress(request, number, code)
    payload = {name: text for name in ("text", "level", "note") if (text := request.POST.get(name, "").strip())}
    payload |= {"evaluate": {"by": "web"}}.get(deed, {})
    try:
        owner = _files(request, number, code) if deed == "supplement" else 0
        if request.POST.get("do"):  # a file is added or taken out, nothing is sent yet
            return _show(request, number, code, opened=deed)
        if waiting := staging.listed(owner):
            payload.setdefault("text", f"补充附件 {len(waiting)} 个")
        limits.count("public-change", request.META)
        _give(request, found, deed, payload, owner)
    except PayloadError as error:
        empty = {"level": "请选择满意程度", "text": "请写下要补充的内容, 或选择附件"}
        words = error.message if error.path in payload else empty.get(error.path, error.message)
        return _show(request, number, code, error=words, at=error.path, opened=deed, status=422)
    except TooOften as error:
        return _show(request, number, code, error=f"{error.message}。您填写的内容还在。", opened=deed, status=429)
    except Unavailable:
        raise
    except OrderError as error:
        words = problems.SENT_BEFORE[1] if isinstance(error, KeyClash) else error.detail
        at = "file" if error.path == "file" or isinstance(error, BadInput) else ""
        return _show(request, number, code, error=words, at=at, opened=deed, status=error.status)
    keeping.put(request.session, KEPT, {"number": number, "code": code})
    request.session["sent"] = DEEDS[deed]
    return HttpResponseRedirect("/progress/")


def _give(request: HttpRequest, found: Progress, deed: str, payload: dict[str, str], owner: int) -> None:
    """Give the command, with the files in the same transaction."""
    actor = parties_access.actor_for("requester", found.platform, order_no=found.number)
    path, address = platforms.of_code(found.platform).path, address_of(request)

    def with_files(outcome: Outcome) -> None:
        staging.adopt(owner, found.number, actor, purpose=deed, path=path, address=address)

    told = parse(deed, payload, "requester")
    actions.handle(found.number, told, actor, key=drafts.key_of(request), also=with_files if owner else None)


def _files(request: HttpRequest, number: str, code: str) -> int:
    """Take in the files that came along and take out the one that is not wanted; the number they wait under."""
    kept = keeping.get(request.session, KEPT)
    owner = int(kept.get("files") or 0) if isinstance(kept, dict) else 0
    do = request.POST.get("do", "")
    if do.startswith("remove-") and do[7:].isdecimal():
        staging.remove(owner, int(do[7:][:18]))
    if chosen := uploads.uploads_of(request):
        owner = owner or staging.new_owner()
        staging.keep(owner, chosen)
        keeping.put(request.session, KEPT, {"number": number, "code": code, "files": owner})
    return owner


@sent("/progress/")
@needs(PUBLIC)
def leave(request: HttpRequest) -> HttpResponse:
    """Forget number and code."""
    keeping.drop(request.session, KEPT)
    return HttpResponseRedirect("/progress/")


def _not_shown(request: HttpRequest, error: str, number: str, status: int) -> HttpResponse:
    context = {"error": error, "number": number, "often": status == 429}
    return render(request, "web/progress.html", context, status=status)


def _known(request: HttpRequest) -> tuple[str, str] | None:
    kept = keeping.get(request.session, KEPT)
    return (str(kept["number"]), str(kept["code"])) if isinstance(kept, dict) else None


def _progress(request: HttpRequest, number: str, code: str) -> Progress:
    return queries.progress(number, code, address=address_of(request))


def _show(
    request: HttpRequest,
    number: str,
    code: str,
    *,
    error: str = "",
    at: str = "",
    opened: str = "",
    status: int = 200,
) -> HttpResponse:
    try:
        found = _progress(request, number, code)
    except NotFound:
        keeping.drop(request.session, KEPT)
        return HttpResponseRedirect("/progress/")
    survey = books.version(found.order.book, found.order.version).survey
    on_path = found.state in portal.REACHED and found.state not in portal.OFF_PATH
    seen = [(step.kind, step.at) for step in found.steps]
    kept = keeping.get(request.session, KEPT)
    owner = int(kept.get("files") or 0) if isinstance(kept, dict) else 0
    mine = [row for row in attachments.of_owner(attachments.ORDER, found.id) if row.by == "requester"]
    context = {
        "o": found,
        "headline": portal.headline(found.state, found.order.flags),
        "steps": portal.path(found.state, seen) if on_path else [],
        "story": portal.story(seen),
        "next_words": portal.next_words(found.state, portal.due_of(found.order), clock.now()),
        "registered": moments.absolute(found.registered),
        "allowed": found.allowed,
        "levels": survey.levels.value if survey and survey.levels else (),
        "keys": {deed: drafts.new_key(request) for deed in DEEDS},
        "typed": {name: request.POST.get(name, "") for name in ("text", "level", "note")},
        "files": uploads.size_words(mine),
        "waiting": uploads.size_words(staging.listed(owner)),
        "accept": uploads.ACCEPT,
        "taken": staging.LISTED,
        "error": error,
        "at": at,
        "opened": opened,
        "sent": request.session.pop("sent", ""),
    }
    return render(request, "web/progress_order.html", context, status=status)

"""What the pages of administration share: their frame, forms sent once, and errors of the parties' room as pages."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase

from yixian.orders.errors import OrderError
from yixian.parties import journal, once, queries
from yixian.parties.errors import Missing, NotAllowed, Overtaken, PartyError
from yixian.parties.models import Platform
from yixian.parties.permission import holds
from yixian.parties.roles import MANAGE, READ_LOGS
from yixian.parties.sessions import address_of
from yixian.web import drafts, keeping, problems, shell
from yixian.web.access import StaffRequest
from yixian.web.present.forms import Field, Option

HOME = "/manage/"
PAGES = (
    ("home", "概况", HOME, MANAGE),
    ("tree", "机构", "/manage/tree/", MANAGE),
    ("users", "人员", "/manage/users/", MANAGE),
    ("calendar", "日历", "/manage/calendar/", MANAGE),
    ("tokens", "接口令牌", "/manage/tokens/", MANAGE),
    ("journal", "日志", "/manage/journal/", READ_LOGS),
    ("settings", "平台设置", "/manage/settings/", MANAGE),
)
_SECRET = "secret"
MOST_CHOSEN = 200


def page(request: StaffRequest, here: str, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Render a page of administration in its frame; nothing of it is kept by browsers."""
    tabs = [
        {"title": title, "url": url, "on": code == here}
        for code, title, url, needed in PAGES
        if holds(request.actor, needed)
    ]
    answer = shell.page(request, f"web/manage/{template}", {**context, "tabs": tabs}, status)
    answer["Cache-Control"] = "no-store, private"
    return answer


def managed(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view whose parties' errors become pages: Missing is 404 and tells nothing, NotAllowed 403."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        try:
            with journal.acting_from(address_of(request)):
                return view(request, *args, **kwargs)
        except Missing as error:
            raise Http404 from error
        except NotAllowed as error:
            return problems.show(request, 403, "没有权限", error.message)
        except Overtaken as error:
            return problems.show(request, 409, "同事快了一步", error.message)
        except PartyError as error:
            return problems.show(request, 422, "填写有误", error.message)

    return guarded


def do(
    request: StaffRequest, act: Callable[[], str], *, said: str, secret: str | Callable[[], str] = ""
) -> HttpResponseRedirect:
    """Do what a form asks, once, and lead to the address that `act` answers; sent again it leads there again.

    `secret`: words (an initial password, a token) that `reveal` shows there once, or what answers them after the deed.
    """
    key = _fingerprint(request, drafts.key_of(request))

    def deed() -> dict[str, Any]:
        answer: dict[str, Any] = {"to": act()}
        words = secret if isinstance(secret, str) else secret()
        if words:
            keeping.put(answer, _SECRET, words)  # type: ignore[arg-type]  # sealed as in a session
        return answer

    onward = str(once.done(request.user, key, deed).get("to") or HOME)
    if said:
        messages.success(request, said)
    return HttpResponseRedirect(f"{onward}?shown={key}" if secret else onward)


def _fingerprint(request: StaffRequest, key: str) -> str:
    """The form's key with what it asks: the same form sent for something else is another deed."""
    asked = sorted((name, *values) for name, values in drafts.typed(request).items() if name != drafts.FIELD)
    return hashlib.sha256(repr((key, request.path, asked)).encode()).hexdigest()[:40]


def reveal(request: StaffRequest) -> str:
    """The words that this page may show once, "" where there are none or they were seen."""
    key = request.GET.get("shown", "")
    sealed = once.taken(request.user, key, _SECRET) if key else None
    return str(keeping.get({_SECRET: sealed}, _SECRET) or "") if sealed else ""  # type: ignore[arg-type]


def try_(request: StaffRequest, back: str, act: Callable[[], str], *, said: str) -> HttpResponseRedirect:
    """A deed of one button: done once, or its refusal is said on the page one comes from."""
    try:
        return do(request, act, said=said)
    except Missing as error:
        raise Http404 from error
    except PartyError as error:
        messages.error(request, error.message)
    except OrderError as error:
        messages.error(request, error.detail)
    return HttpResponseRedirect(back)


def unit_url(code: str) -> str:
    """Where a unit's page is; its code may hold any sign but blanks and slashes."""
    return f"{HOME}units/{quote(code)}/"


def refused(request: StaffRequest, back: str, said: str) -> HttpResponseRedirect:
    """Back to the page, with why it was not done."""
    messages.error(request, said)
    return HttpResponseRedirect(back)


def typed(request: StaffRequest) -> dict[str, str]:
    """The form's words, trimmed, without characters that no text holds."""
    kept = drafts.take(request) if request.method == "GET" else None
    if kept is not None:
        return {name: values[-1] for name, values in kept.items() if values}
    return {name: request.POST.get(name, "").replace("\0", "").strip() for name in request.POST}


def field(
    given: Mapping[str, str],
    errors: Mapping[str, str],
    path: str,
    label: str,
    kind: str = "line",
    *,
    must: bool = False,
    most: int | None = None,
    help: str = "",
    options: tuple[Option, ...] = (),
) -> Field:
    """One field of a form with what was typed and what is wrong with it."""
    return Field(path, label, kind, must, most, help, options, given.get(path, ""), error=errors.get(path, ""))


def unit_field(
    given: Mapping[str, str], errors: Mapping[str, str], path: str, label: str, place: Platform, *, none: str = ""
) -> Field:
    """A field that names a unit of a platform: a list to choose from, or where they are many, words to be looked up."""
    known = queries.units(place, limit=MOST_CHOSEN + 1)
    if len(known) > MOST_CHOSEN:
        return field(given, errors, path, label, most=100, help=f"填写单位的名称、简称或代码; 不填: {none}")
    options = tuple((one.code, one.name) for one in known)
    value = given.get(path, "")
    if value and value not in dict(options):
        options += ((value, value),)
    return field(given, errors, path, label, "select", options=(("", none), *options))


def wrong(error: PartyError | OrderError, known: Mapping[str, Any] | set[str]) -> tuple[dict[str, str], str]:
    """An error beside its field, or above the form where it belongs to none of them."""
    said = error.message if isinstance(error, PartyError) else error.detail
    at = error.field if isinstance(error, PartyError) else error.path
    return ({at: said}, "") if at and at in known else ({}, said)

"""People (人员): the list, and making accounts one by one. Each account's own page is in `manage_user`."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.http import urlencode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from yixian.orders import clock
from yixian.orders.errors import OrderError
from yixian.parties import actions, organising, passwords, staffing
from yixian.parties import queries as parties
from yixian.parties.errors import Missing, PartyError
from yixian.parties.models import POSTS, Platform
from yixian.parties.roles import MANAGE, ROLES
from yixian.parties.staffing import Wanted
from yixian.web import drafts, managing
from yixian.web.access import StaffRequest, needs
from yixian.web.managing import field, managed
from yixian.web.present import manage as present

USERS = "/manage/users/"
KNOWN = ("q", "role", "state", "at", "unit")


@require_safe
@needs(MANAGE)
@managed
def listed(request: StaffRequest) -> HttpResponse:
    """The people whom one administers, by user name."""
    given = {key: request.GET[key].strip()[:60] for key in KNOWN if request.GET.get(key, "").strip()}
    cursor, now, problem = request.GET.get("cursor", ""), clock.now(), ""
    below = ""
    if "at" in given:
        below = organising.platform(request.actor, given["at"]).path
    wanted = Wanted(given.get("q", ""), given.get("role", ""), given.get("state", ""), below, given.get("unit", ""))
    try:
        found = staffing.page(request.actor, wanted, cursor)
    except PartyError as error:
        found, problem = parties.Page([], None), error.message
    context = {
        "rows": [present.person(user, now) for user in found.rows],
        "words": given.get("q", ""),
        "kept": [(key, value) for key, value in given.items() if key != "q"],
        "chips": _chips(given),
        "problem": problem,
        "filtered": bool(given),
        "first_page": _url(given) if cursor else "",
        "next_page": _url({**given, "cursor": found.next_cursor}) if found.next_cursor else "",
    }
    return managing.page(request, "users", "users.html", context, 422 if problem else 200)


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
@needs(MANAGE)
@managed
def new(request: StaffRequest) -> HttpResponse:
    """Make an account: its initial password is made here, shown once, and must be changed at the first login."""
    places = list(organising.platforms(request.actor)[: parties.LONGEST_LIST])
    given = managing.typed(request)
    if request.method == "GET":
        given = {"platform": request.GET.get("at", ""), "unit": request.GET.get("unit", "")} | given
    code = given.get("platform") or request.user.platform.code
    place = next((one for one in places if one.code == code), None)
    if place is None:
        raise Missing("没有这个平台, 或不在您的管理范围内")
    errors: dict[str, str] = {}
    problem = ""
    if request.method == "POST" and "choose" not in given:
        password = passwords.initial()
        try:
            return managing.do(
                request, lambda: _made(request, place, given, password), said="账号已建立", secret=password
            )
        except (PartyError, OrderError) as error:
            errors, problem = managing.wrong(error, {"username", "name", "unit", "post", "role"})
    context = {
        "form_key": drafts.new_key(request),
        "problem": problem,
        "place": place,
        "places": _field_of_places(given, places, place),
        "fields": _fields(given | {"platform": place.code}, errors, place),
        "roles": _roles(request.POST.getlist("role")),
        "role_error": errors.get("role", ""),
    }
    return managing.page(request, "users", "user_new.html", context, 422 if errors or problem else 200)


def _made(request: StaffRequest, place: Platform, given: dict[str, str], password: str) -> str:
    unit = organising.named(place, given.get("unit", ""))
    made = actions.create_user(
        actor=request.actor,
        platform=place,
        username=given.get("username", ""),
        name=given.get("name", ""),
        password=password,
        unit=unit,
        roles=tuple(dict.fromkeys(request.POST.getlist("role"))),
        post=given.get("post", ""),
    )
    return f"{USERS}{made.pk}/"


def _fields(given: dict[str, str], errors: dict[str, str], place: Platform) -> list[Any]:
    said = "2 至 60 位小写字母、汉字、数字或 . @ - _, 建立后不能改"
    return [
        field(given, errors, "username", "用户名", must=True, most=60, help=said),
        field(given, errors, "name", "姓名", must=True, most=60),
        managing.unit_field(given, errors, "unit", "承办单位", place, none="不属于承办单位 (平台人员)"),
        field(
            given,
            errors,
            "post",
            "职务",
            "select",
            options=tuple(POSTS.items()),
            help="承办单位人员填写, 决定能签批什么",
        ),
    ]


def _field_of_places(given: dict[str, str], places: list[Platform], place: Platform) -> Any:
    options = tuple((one.code, "　" * (one.path.count("/") - places[0].path.count("/")) + one.name) for one in places)
    return field({**given, "platform": place.code}, {}, "platform", "平台", "select", must=True, options=options)


def _roles(chosen: list[str]) -> list[dict[str, Any]]:
    return [{**one, "on": one["code"] in chosen} for kind in (False, True) for one in present.roles(of_unit=kind)]


def _url(given: dict[str, Any]) -> str:
    return USERS + (f"?{urlencode(given)}" if given else "")


def _chips(given: dict[str, str]) -> list[dict[str, Any]]:
    def with_(key: str, value: str) -> str:
        rest = {name: text for name, text in given.items() if name != key}
        return _url(rest if given.get(key) == value else {**rest, key: value})

    chips: list[dict[str, Any]] = [{"title": "全部", "url": USERS, "on": not given}]
    chips += [
        {"title": title, "url": with_("state", code), "on": given.get("state") == code}
        for code, title in staffing.STATES.items()
    ]
    granted = [one for one in ROLES.values() if one.granted]
    chosen = ROLES.get(given.get("role", ""))
    chips.append(
        {
            "title": f"角色: {chosen.title}" if chosen else "角色",
            "on": chosen is not None,
            "options": [
                {"title": one.title, "url": with_("role", one.code), "on": given.get("role") == one.code}
                for one in granted
            ],
        }
    )
    for key, title in (("q", "查找"), ("at", "平台"), ("unit", "单位")):
        if key in given:
            chips.append({"title": f"{title}: {given[key]} ×", "url": with_(key, given[key]), "on": True})
    return chips

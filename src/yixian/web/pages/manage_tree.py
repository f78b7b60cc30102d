"""The organisation (机构): platforms and units as a tree, found by name or pinyin; a platform's particulars."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from yixian.orders import administering, platforms
from yixian.orders.errors import OrderError
from yixian.parties import actions, organising
from yixian.parties.errors import Missing, PartyError
from yixian.parties.models import LEVELS, UNIT_KINDS, Platform, Unit, User
from yixian.parties.permission import Actor
from yixian.parties.roles import MANAGE, ROLES
from yixian.web import books, drafts, managing
from yixian.web.access import StaffRequest, needs
from yixian.web.managing import field, managed

TREE = "/manage/tree/"
SIZE = 100
MOST_CHILDREN = 400


@require_safe
@needs(MANAGE)
@managed
def tree(request: StaffRequest) -> HttpResponse:
    """One platform with those above and directly below it, and its units page by page; or what a search finds."""
    words = request.GET.get("q", "").strip()[:60]
    reach = organising.platforms(request.actor)
    code = request.GET.get("at", "")
    place = organising.platform(request.actor, code) if code else _own(request, reach)
    cursor = request.GET.get("cursor", "")
    context: dict[str, Any] = {"words": words, "place": place, "level": LEVELS[place.level], "url": _url(place)}
    if words:
        places, units = organising.search(request.actor, words)
        context |= {"places": places, "units": _units(units), "found": len(places) + len(units)}
        return managing.page(request, "tree", "tree_search.html", context)
    page = organising.page_of_units(place, cursor=cursor, size=SIZE)
    context |= {
        "above": [one for one in reach.filter(path__in=_prefixes(place.path)) if one.pk != place.pk],
        "below": _below(reach.filter(parent=place)[:MOST_CHILDREN]),
        "units": _units(page.rows),
        "count": Unit.objects.filter(platform=place).count(),
        "roots": _roots(request.actor),
        "first_page": _url(place) if cursor else "",
        "next_page": f"{_url(place)}&{urlencode({'cursor': page.next_cursor})}" if page.next_cursor else "",
    }
    return managing.page(request, "tree", "tree.html", context)


def _own(request: StaffRequest, reach: Any) -> Platform:
    """Where one begins: one's own platform, or the first that one administers."""
    found: Platform | None = reach.filter(pk=request.user.platform_id).first() or reach.first()
    if found is None:
        raise Missing("没有您管理的平台")
    return found


def _roots(actor: Actor) -> list[Platform]:
    """Where what one administers begins: the platforms over which one was made administrator."""
    paths = [path for role, path in actor.grants if MANAGE in ROLES[role].permissions]
    return list(Platform.objects.filter(path__in=paths).order_by("path"))


def _prefixes(path: str) -> list[str]:
    return [path[: place + 1] for place, sign in enumerate(path) if sign == "/"]


def _url(place: Platform) -> str:
    return f"{TREE}?at={place.code}"


def _below(rows: Any) -> list[dict[str, Any]]:
    """The platforms directly below, each with its units in one query."""
    counted = rows if isinstance(rows, list) else list(rows)
    units = dict(
        Unit.objects.filter(platform__in=[one.pk for one in counted], is_active=True)
        .values_list("platform").annotate(n=Count("id"))
    )  # fmt: skip
    return [
        {"row": one, "level": LEVELS[one.level], "units": units.get(one.pk, 0), "url": _url(one)} for one in counted
    ]


def _units(rows: list[Unit]) -> list[dict[str, Any]]:
    """Lines of units with their people and open orders, each counted in one query for the whole page."""
    people = dict(
        User.objects.filter(unit__in=[one.pk for one in rows], is_active=True)
        .values_list("unit").annotate(n=Count("id"))
    )  # fmt: skip
    open_ = administering.open_at_units([one.code for one in rows])
    return [
        {
            "row": one,
            "url": managing.unit_url(one.code),
            "depth": min(one.path.count("/") - 1, 3),
            "kind": UNIT_KINDS.get(one.kind, one.kind),
            "people": people.get(one.pk, 0),
            "open": open_.get(one.code, 0),
        }
        for one in rows
    ]


@require_http_methods(["GET", "POST"])
@needs(MANAGE)
@managed
def platform_new(request: StaffRequest) -> HttpResponse:
    """Add a platform, a station or a sub-centre below one."""
    given, problem = managing.typed(request), ""
    errors: dict[str, str] = {}
    above = organising.platform(request.actor, given.get("parent") or request.GET.get("at", ""))
    if request.method == "POST":

        def act() -> str:
            made = actions.create_platform(
                actor=request.actor, parent=above, code=given.get("code", ""), name=given.get("name", ""),
                level=given.get("level", ""), book=given.get("book", ""), division_code=given.get("division_code", ""),
                phone=given.get("phone", "")[:40], full_name=given.get("full_name", ""),
                short_name=given.get("short_name", ""),
            )  # fmt: skip
            platforms.forget()
            return _url(made)

        if given.get("book") and given["book"] not in books.library().names():
            errors["book"] = "没有这本规则, 请从列表中选择"
        try:
            if not errors:
                return managing.do(request, act, said="已新建")
        except (PartyError, OrderError) as error:
            errors, problem = managing.wrong(error, {"code", "name", "level", "full_name", "short_name"})
    levels = tuple((code, title) for code, title in LEVELS.items() if code in actions.below(above.level))
    named = tuple((name, _title(name)) for name in sorted(books.library().names()))
    fields = [
        field(given, errors, "name", "名称", must=True, most=100),
        field(given, errors, "code", "代码", must=True, most=40, help="小写字母、数字、连字符, 建立后不能改"),
        field(given, errors, "level", "层级", "select", must=True, options=levels),
        field(given, errors, "book", "依据的规则", "select", options=named, help="工作站和分中心随所属热线, 可不选"),
        *_shared(given, errors),
    ]
    context = {
        "title": f"在{above.name}下新建", "crumbs": [("机构", TREE), (above.name, _url(above))], "fields": fields,
        "problem": problem, "form_key": drafts.new_key(request), "back": _url(above), "verb": "建立",
        "hidden": [("parent", above.code)],
    }  # fmt: skip
    return managing.page(request, "tree", "form.html", context, 422 if errors or problem else 200)


def _title(book: str) -> str:
    found = books.newest(book)
    return found.document.title if found else book


def _shared(given: dict[str, str], errors: dict[str, str]) -> list[Any]:
    return [
        field(given, errors, "full_name", "规范全称", most=100, help="文书和公众页面上的名称"),
        field(given, errors, "short_name", "简称", most=60, help="列表和短信里的名称"),
        field(given, errors, "phone", "电话", "phone", most=40),
        field(given, errors, "division_code", "行政区划代码", "number", most=12),
    ]


@require_http_methods(["GET", "POST"])
@needs(MANAGE)
@managed
def platform_edit(request: StaffRequest, code: str) -> HttpResponse:
    """Change a platform's names, phone and division, or take it out of use, with what stands against that said."""
    place = organising.platform(request.actor, code)
    given, problem = managing.typed(request), ""
    errors: dict[str, str] = {}
    against = _against(request.actor, place)
    if request.method == "POST":
        active = bool(given.get("is_active"))

        def act() -> str:
            with organising.held(place, given.get("seen", "")) as found:
                if found.is_active and not active and against and not given.get("sure"):
                    raise PartyError("停用前请看过上面所列的事项, 并勾选“已知悉”", "sure")
                names = ("name", "full_name", "short_name", "phone", "division_code")
                organising.change_platform(
                    actor=request.actor, platform=found, is_active=active, **{key: given.get(key, "") for key in names}
                )
            platforms.forget()
            return _url(place)

        try:
            return managing.do(request, act, said="已保存")
        except (PartyError, OrderError) as error:
            known = {"name", "full_name", "short_name", "phone", "division_code", "sure"}
            errors, problem = managing.wrong(error, known)
    else:
        shown = {key: str(getattr(place, key)) for key in ("name", "full_name", "short_name", "phone", "division_code")}
        given = {**shown, "is_active": "yes" if place.is_active else "", "seen": organising.mark_of(place), **given}
    fields = [
        field(given, errors, "name", "名称", must=True, most=100),
        *_shared(given, errors),
        field(given, errors, "is_active", "启用", "tick", help="停用后公众不能再选择它, 已有工单照常办完"),
    ]
    if against and place.is_active:
        fields.append(field(given, errors, "sure", "停用时: 已知悉上面所列的事项", "tick"))
    context = {
        "title": f"修改 {place.name}", "crumbs": [("机构", TREE), (place.name, _url(place))], "fields": fields,
        "problem": problem, "form_key": drafts.new_key(request), "back": _url(place), "seen": given.get("seen", ""),
        "against": against if place.is_active else [],
    }  # fmt: skip
    return managing.page(request, "tree", "form.html", context, 422 if errors or problem else 200)


def _against(actor: Actor, place: Platform) -> list[str]:
    """What stands against taking a platform out of use."""
    below = Platform.objects.filter(path__startswith=place.path, is_active=True).exclude(pk=place.pk).count()
    people = User.objects.filter(Q(platform__path__startswith=place.path), is_active=True).count()
    open_ = administering.open_at_platforms(platforms.below(place.path))
    units = Unit.objects.filter(platform__path__startswith=place.path, is_active=True).count()
    told = (
        (open_, f"有 {open_} 件在办工单"),
        (below, f"下面还有 {below} 个在用的平台"),
        (units, f"有 {units} 个在用的承办单位"),
        (people, f"有 {people} 个在用的账号"),
    )
    return [words for count, words in told if count]

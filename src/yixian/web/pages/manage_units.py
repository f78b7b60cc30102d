"""One handling unit (承办单位): its duty, people, orders and secrecy filings; adding, changing and moving it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from yixian.orders import administering, clock, platforms, units
from yixian.orders.errors import OrderError
from yixian.parties import actions, organising, staffing
from yixian.parties import queries as parties
from yixian.parties.errors import PartyError
from yixian.parties.models import UNIT_KINDS, Platform, Unit
from yixian.parties.roles import MANAGE
from yixian.parties.staffing import Wanted
from yixian.web import drafts, managing
from yixian.web.access import StaffRequest, needs
from yixian.web.managing import field, managed
from yixian.web.present import manage as present
from yixian.web.present import moments

TREE = "/manage/tree/"
_FLAGS = ("in_assessment", "mandatory", "is_active")
_WORDS = ("name", "short_name", "kind", "phone", "line_24h", "duty")
_ALL = {*_WORDS, *_FLAGS, "code", "parent", "represents", "sure"}


@require_safe
@needs(MANAGE)
@managed
def show(request: StaffRequest, code: str) -> HttpResponse:
    """One unit."""
    unit = organising.unit(request.actor, code)
    now = clock.now()
    people = staffing.page(request.actor, Wanted(unit=unit.code), size=100)
    led = administering.open_at_units([unit.code]).get(unit.code, 0)
    context = {
        "unit": unit,
        "kind": UNIT_KINDS.get(unit.kind, unit.kind),
        "children": list(Unit.objects.filter(parent=unit).order_by("path")[:100]),
        "people": [present.person(user, now) for user in people.rows],
        "more": people.next_cursor is not None,
        "led": led,
        "helped": administering.open_helped(unit.code),
        "filings": [
            {
                "text": row.requirement,
                "until": row.until.isoformat() if row.until else "长期",
                "by": row.filed_by,
                "when": moments.short(int(row.filed_at.timestamp()), now),
            }
            for row in parties.confidentialities(unit)
        ],
        "against": _against(unit),
    }
    return managing.page(request, "tree", "unit.html", context)


@require_http_methods(["GET", "POST"])
@needs(MANAGE)
@managed
def new(request: StaffRequest) -> HttpResponse:
    """Add a unit to a platform, or a sub-unit to a unit."""
    given, problem = managing.typed(request), ""
    errors: dict[str, str] = {}
    if request.method == "GET":
        given = {"parent": request.GET.get("parent", ""), "in_assessment": "yes", "mandatory": "yes"} | given
    place = organising.platform(request.actor, given.get("platform") or request.GET.get("at", ""))
    if request.method == "POST":

        def act() -> str:
            made = actions.create_unit(
                actor=request.actor,
                platform=place,
                code=given.get("code", ""),
                parent=_parent(place, given),
                **_values(given, active=False),
            )
            units.forget()
            return managing.unit_url(made.code)

        try:
            organising.fits_unit(_values(given, active=False))
            return managing.do(request, act, said="已新建")
        except (PartyError, OrderError) as error:
            errors, problem = managing.wrong(error, _ALL)
    said = "1 至 64 个字符, 工单和规则里用它指这个单位, 建立后不能改"
    fields = [
        field(given, errors, "name", "名称", must=True, most=100),
        field(given, errors, "code", "代码", must=True, most=64, help=said),
        *_fields(given, errors, place, None)[1:],
    ]
    back = f"{TREE}?at={place.code}"
    context = {
        "title": f"在{place.name}新建承办单位", "crumbs": [("机构", TREE), (place.name, back)], "fields": fields,
        "problem": problem, "form_key": drafts.new_key(request), "back": back, "verb": "建立",
        "hidden": [("platform", place.code)],
    }  # fmt: skip
    return managing.page(request, "tree", "form.html", context, 422 if errors or problem else 200)


@require_http_methods(["GET", "POST"])
@needs(MANAGE)
@managed
def edit(request: StaffRequest, code: str) -> HttpResponse:
    """Change a unit, move it, or take it out of use: what stands against that is said first."""
    unit = organising.unit(request.actor, code)
    url = managing.unit_url(unit.code)
    given, problem = managing.typed(request), ""
    errors: dict[str, str] = {}
    against = _against(unit)
    if request.method == "POST":

        def act() -> str:
            with organising.held(unit, given.get("seen", "")) as found:
                if found.is_active and not given.get("is_active") and against and not given.get("sure"):
                    raise PartyError("停用前请看过上面所列的事项, 并勾选“已知悉”", "sure")
                organising.change_unit(
                    actor=request.actor, unit=found, parent=_parent(unit.platform, given),
                    represents=_represented(unit.platform, given), **_values(given, active=True),
                )  # fmt: skip
            units.forget()
            platforms.forget()
            return url

        try:
            return managing.do(request, act, said="已保存")
        except (PartyError, OrderError) as error:
            errors, problem = managing.wrong(error, _ALL)
    else:
        given = {**_shown(unit), **given}
    fields = _fields(given, errors, unit.platform, unit)
    fields.append(field(given, errors, "is_active", "启用", "tick", help="停用后不能再派单给它, 已派的照常办完"))
    if against and unit.is_active:
        fields.append(field(given, errors, "sure", "停用时: 已知悉上面所列的事项", "tick"))
    context = {
        "title": f"修改 {unit.name}", "crumbs": [("机构", TREE), (unit.name, url)], "fields": fields,
        "problem": problem, "form_key": drafts.new_key(request), "back": url, "seen": given.get("seen", ""),
        "against": against if unit.is_active else [],
    }  # fmt: skip
    return managing.page(request, "tree", "form.html", context, 422 if errors or problem else 200)


def _shown(unit: Unit) -> dict[str, str]:
    shown = {key: str(getattr(unit, key)) for key in _WORDS}
    flags = {key: "yes" if getattr(unit, key) else "" for key in _FLAGS}
    return {
        **shown,
        **flags,
        "parent": unit.parent.code if unit.parent else "",
        "represents": unit.represents.code if unit.represents else "",
        "seen": organising.mark_of(unit),
    }


def _values(given: dict[str, str], *, active: bool) -> dict[str, Any]:
    words = {key: given.get(key, "") for key in _WORDS}
    words["kind"] = words["kind"] or "government"
    flags = {key: bool(given.get(key)) for key in (_FLAGS if active else _FLAGS[:2])}
    return {**words, **flags}


def _parent(place: Platform, given: dict[str, str]) -> Unit | None:
    return organising.named(place, given.get("parent", ""), "parent")


def _represented(place: Platform, given: dict[str, str]) -> Platform | None:
    code = given.get("represents", "")
    found = Platform.objects.filter(code=code[:40], path__startswith=place.path).first() if code else None
    if code and found is None:
        raise PartyError("没有这个平台, 请从列表中选择", "represents")
    return found


def _fields(given: dict[str, str], errors: dict[str, str], place: Platform, unit: Unit | None) -> list[Any]:
    fields = [
        field(given, errors, "name", "名称", must=True, most=100),
        field(given, errors, "short_name", "简称", most=40),
        field(given, errors, "kind", "性质", "select", must=True, options=tuple(UNIT_KINDS.items())),
        field(given, errors, "duty", "职责", "area", most=1000, help="派单时按这些话查找, 例如: 供水、排水、河道"),
        field(given, errors, "phone", "联系电话", "phone", most=40),
        field(given, errors, "line_24h", "24 小时电话", "phone", most=40),
        managing.unit_field(given, errors, "parent", "上级单位", place, none="直属平台"),
        field(given, errors, "in_assessment", "纳入考核", "tick"),
        field(given, errors, "mandatory", "必须参与办理", "tick", help="不勾选的为自愿参与"),
    ]
    below = Platform.objects.filter(path__startswith=place.path).exclude(pk=place.pk).order_by("path")[:500]
    if unit is not None and below:
        options = tuple((one.code, one.name) for one in below)
        said = "工作站等: 派给它的工单转到那个平台办理"
        fields.append(field(given, errors, "represents", "代表的平台", "select", options=options, help=said))
    return fields


def _against(unit: Unit) -> list[str]:
    """What stands against taking a unit out of use."""
    led = administering.open_at_units([unit.code]).get(unit.code, 0)
    helped = administering.open_helped(unit.code)
    people = unit.users.filter(is_active=True).count()
    below = Unit.objects.filter(path__startswith=unit.path, is_active=True).exclude(pk=unit.pk).count()
    told = (
        (led, f"主办 {led} 件在办工单"),
        (helped, f"协办 {helped} 件在办工单"),
        (people, f"有 {people} 个在用的账号"),
        (below, f"有 {below} 个在用的下级单位"),
    )
    return [words for count, words in told if count]

"""The demo's platforms, units and staff, made once; all demo users of an installation share one random password."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml
from django.conf import settings
from django.db import transaction

from yixian.ops import simulate_store
from yixian.orders.naming import official
from yixian.parties import actions as parties
from yixian.parties import credentials
from yixian.parties.access import SYSTEM
from yixian.parties.models import ApiToken, Platform, Unit, User
from yixian.parties.roles import ROLES

DATA = Path(__file__).parent / "demo_data"
_KINDS = {"企业": "enterprise", "事业": "institution", "社会": "social"}
_UNITS_WITH_USERS = 6
_CLERKS = ("马丽", "朱勇", "胡静", "杜鹏", "魏兰", "蔡军", "余芳", "潘伟", "田甜", "董浩", "梁爽", "宋洁")


class Hotline(msgspec.Struct):
    """One of the demo's hotlines as it stands in the database."""

    code: str
    platform: Platform
    facts: dict[str, Any]
    units: list[Unit]
    duties: dict[str, list[str]]  # duty word -> codes of units, in the order of the data
    staff: dict[str, list[User]]  # role -> users
    clerks: dict[str, list[User]]  # unit code -> users
    token: str | None = None


@cache
def data(name: str) -> dict[str, Any]:
    """One of the demo's YAML files."""
    found: dict[str, Any] = yaml.safe_load((DATA / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


def password() -> str:
    """The password of all demo users of this installation: unguessable from outside, the same at each start."""
    digest = hmac.digest(settings.SECRET_KEY.encode(), b"demo users", hashlib.sha256)
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "yixian-" + "".join(letters[byte % len(letters)] for byte in digest[:8])


@transaction.atomic
def settle() -> list[Hotline]:
    """Make what is not there yet of platforms, units, staff and tokens; returns the five hotlines."""
    simulate_store.alone("demo")
    facts = data("platforms")
    for row in facts["parents"]:
        _platform(row, row.get("parent"), book="national")
    return [_hotline(index, row, facts["staff"]) for index, row in enumerate(facts["platforms"])]


def _platform(row: dict[str, Any], parent: str | None, *, book: str = "", phone: str = "") -> Platform:
    found = Platform.objects.filter(code=row["code"]).first()
    if found is not None:
        return found
    full_name, short_name = official(book, row["name"], row["level"])
    return parties.create_platform(
        actor=SYSTEM,
        code=row["code"],
        name=row["name"],
        level=row["level"],
        parent=Platform.objects.get(code=parent) if parent else None,
        book=book,
        division_code=row.get("division", ""),
        phone=phone,
        full_name=full_name,
        short_name=short_name,
    )


def _hotline(index: int, row: dict[str, Any], staff: list[list[Any]]) -> Hotline:
    platform = _platform(row, row.get("parent"), book=row["book"], phone=f"{row['area']}-12345")
    for part in [*row.get("parts", ()), *row.get("below", ())]:
        _platform(part, row["code"], book=row["book"])
    hotline = Hotline(row["code"], platform, row, [], {}, {}, {})
    _add_units(hotline)
    _add_staff(hotline, index, staff)
    return hotline


def _add_units(hotline: Hotline) -> None:
    known = {unit.code: unit for unit in Unit.objects.filter(platform=hotline.platform)}
    area = hotline.facts["area"]
    for number, (name, duty, *marks) in enumerate(hotline.facts["units"], 1):
        code = f"{hotline.code}-{number:02d}"
        kind = next((_KINDS[mark] for mark in marks if mark in _KINDS), "government")
        unit = known.get(code) or parties.create_unit(
            actor=SYSTEM,
            platform=hotline.platform,
            code=code,
            name=name,
            short_name=_short(name),
            kind=kind,
            in_assessment="不考核" not in marks,
            mandatory="自愿" not in marks,
            phone=f"{area}-0000{number:03d}",
            line_24h=f"{area}-0000{900 + number}" if duty in ("tap", "power", "gas", "heat") else "",
            duty=data("duties").get(duty, "").format(name=_short(name)),
        )
        hotline.units.append(unit)
        hotline.duties.setdefault(duty, []).append(code)


def _short(name: str) -> str:
    for head in ("人民政府", "街道办事处", "行政公署"):
        if name.endswith(head):
            return name.removesuffix(head)
    return name.rpartition("市")[2].rpartition("县")[2].rpartition("省")[2].rpartition("自治区")[2] or name


def _add_staff(hotline: Hotline, index: int, staff: list[list[Any]]) -> None:
    for role, last, names in staff:
        user = _user(hotline, f"{hotline.code}.{last}", names[index], None, [role])
        hotline.staff.setdefault(role, []).append(user)
    for number, unit in enumerate(hotline.units[:_UNITS_WITH_USERS]):
        short = unit.code.rpartition("-")[2]
        clerk = _user(hotline, f"{hotline.code}.u{short}", _CLERKS[number], unit, ["unit_clerk"], "clerk")
        leader = _user(
            hotline, f"{hotline.code}.u{short}.leader", _CLERKS[number + 6], unit, ["unit_leader"], "principal"
        )
        hotline.clerks[unit.code] = [clerk, leader]
    if not ApiToken.objects.filter(user=hotline.staff["dispatcher"][0]).exists():
        issued = credentials.issue_token(
            actor=SYSTEM,
            user=hotline.staff["dispatcher"][0],
            name="演示接口令牌",
            scopes=["*"],
            expires_at=dt.datetime.now(dt.UTC) + dt.timedelta(days=365),
        )
        hotline.token = issued.raw


def _user(hotline: Hotline, username: str, name: str, unit: Unit | None, roles: list[str], post: str = "") -> User:
    found = User.objects.filter(username=username).first()
    return found or parties.create_user(
        actor=SYSTEM,
        platform=hotline.platform,
        username=username,
        name=name,
        password=password(),
        unit=unit,
        roles=roles,
        must_change_password=False,
        post=post,
    )


def table(hotlines: list[Hotline]) -> list[tuple[str, str, str, str]]:
    """The users for the printed table: platform, role, name, login name."""
    rows: list[tuple[str, str, str, str]] = []
    for hotline in hotlines:
        for role, users in hotline.staff.items():
            rows += [(hotline.platform.name, ROLES[role].title, user.name, user.username) for user in users]
        names = {unit.code: unit.name for unit in hotline.units}
        for code, users in list(hotline.clerks.items())[:2]:
            titles = (ROLES["unit_clerk"].title, ROLES["unit_leader"].title)
            rows += [(names[code], title, user.name, user.username) for title, user in zip(titles, users, strict=True)]
    return rows

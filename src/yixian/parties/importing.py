"""Many accounts from a table (人员导入): every line checked first in a few queries, then all made or none.

Columns: 用户名, 姓名, 平台代码, 单位代码, 职务, 角色 (several with 、). The first line may be the heading.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction

from yixian.parties import actions, organising, passwords
from yixian.parties.errors import PartyError
from yixian.parties.models import POSTS, Platform, Unit, User
from yixian.parties.permission import Actor
from yixian.parties.roles import ROLES

COLUMNS = ("用户名", "姓名", "平台代码", "单位代码", "职务", "角色")
MOST = 200
LARGEST = 200_000
_SPLIT = re.compile(r"[、,，;；|/\s]+")


@dataclass(slots=True)
class Line:
    """One account to be made, and what is wrong with it."""

    number: int
    cells: tuple[str, ...]
    platform: Platform | None = None
    unit: Unit | None = None
    post: str = ""
    roles: tuple[str, ...] = ()
    errors: list[str] = field(default_factory=list)

    @property
    def username(self) -> str:
        """The login name as it would be kept."""
        return self.cells[0].lower()


def read(content: bytes) -> list[tuple[str, ...]]:
    """The cells of a csv file in UTF-8 or GB 18030, without heading and empty lines. Raises PartyError."""
    if len(content) > LARGEST:
        raise PartyError("文件过大, 一次最多导入 200 人", "file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", errors="replace")
    if "\0" in text:
        raise PartyError("这不是 csv 文件, 请把表格另存为 csv 再导入", "file")
    delimiter = "\t" if "\t" in text.partition("\n")[0] else ","
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), delimiter=delimiter)]
    except csv.Error as error:
        raise PartyError("文件内容看不懂, 请把表格另存为 csv 再导入", "file") from error
    rows = [row for row in rows if any(row)]
    if rows and rows[0][:2] == list(COLUMNS[:2]):
        rows = rows[1:]
    if not rows:
        raise PartyError("文件里没有人员", "file")
    if len(rows) > MOST:
        raise PartyError(f"一次最多导入 {MOST} 人, 现有 {len(rows)} 人, 请分几次", "file")
    return [tuple((*row, "", "", "", "", "", "")[:6]) for row in rows]


def checked(actor: Actor, rows: Sequence[tuple[str, ...]]) -> list[Line]:
    """Every line with all that is wrong with it, against what the actor administers."""
    lines = [Line(number, cells) for number, cells in enumerate(rows, 1)]
    places = {one.code: one for one in organising.platforms(actor).filter(code__in={cells[2][:40] for cells in rows})}
    units = {one.code: one for one in organising.units(actor).filter(code__in={cells[3][:64] for cells in rows})}
    taken = set(User.objects.filter(username__in={line.username for line in lines}).values_list("username", flat=True))
    seen: set[str] = set()
    for line in lines:
        _check(line, places, units)
        if line.username in taken:
            line.errors.append(f"用户名 {line.username[:60]} 已被使用")
        if line.username in seen:
            line.errors.append(f"用户名 {line.username[:60]} 在文件里出现了两次")
        seen.add(line.username)
    return lines


def _check(line: Line, places: dict[str, Platform], units: dict[str, Unit]) -> None:
    _, name, place, unit, post, roles = line.cells
    if not re.fullmatch(r"[\w.@-]{2,60}", line.username):
        line.errors.append("用户名应为 2 至 60 位字母、汉字、数字或 . @ - _")
    if not name or len(name) > 60:
        line.errors.append("姓名应为 1 至 60 个字")
    line.platform = places.get(place)
    if line.platform is None:
        line.errors.append(f"没有代码为“{place[:40]}”的平台, 或不在您的管理范围内")
    if unit:
        line.unit = units.get(unit)
        if line.unit is None or (line.platform and line.unit.platform_id != line.platform.pk):
            line.errors.append(f"这个平台没有代码为“{unit[:64]}”的单位")
        elif not line.unit.is_active:
            line.errors.append(f"{line.unit.name}已停用")
    titles = {title: code for code, title in POSTS.items()}
    line.post = titles.get(post, post)
    if post and line.post not in POSTS:
        line.errors.append(f"没有职务“{post[:20]}”, 可填 {'、'.join(titles)}")
    elif post and not unit:
        line.errors.append("只有承办单位的人员登记职务")
    line.roles, wrong = _roles(roles, of_unit=bool(unit))
    line.errors += wrong


def _roles(text: str, *, of_unit: bool) -> tuple[tuple[str, ...], list[str]]:
    granted = {role.title: role for role in ROLES.values() if role.granted}
    found: list[str] = []
    wrong: list[str] = []
    for word in filter(None, _SPLIT.split(text)):
        role = granted.get(word) or (ROLES[word] if word in ROLES and ROLES[word].granted else None)
        if role is None:
            wrong.append(f"没有角色“{word[:20]}”")
        elif (role.kind == "unit") != of_unit:
            wrong.append(f"角色 {role.title} 只能授予{'不' if of_unit else ''}属于承办单位的人员")
        else:
            found.append(role.code)
    return tuple(dict.fromkeys(found)), wrong


@transaction.atomic
def make(actor: Actor, lines: Sequence[Line]) -> list[tuple[str, str, str]]:
    """Make every account, or none. Returns user name, name and initial password of each. Raises PartyError."""
    if any(line.errors or line.platform is None for line in lines):
        raise PartyError("还有没改正的行, 一个账号也没有建立", "file")
    made = []
    for line in lines:
        assert line.platform is not None
        password = passwords.initial()
        user = actions.create_user(
            actor=actor,
            platform=line.platform,
            username=line.username,
            name=line.cells[1],
            password=password,
            unit=line.unit,
            roles=line.roles,
            post=line.post,
        )
        made.append((user.username, user.name, password))
    return made

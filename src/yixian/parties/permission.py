"""Who may do what, as pure decisions over an `Actor`: no database, no clock. `access` makes the actors.

A platform is known by its path ("anhui/hefei/"); a segment that begins with "~" is a station or sub-centre, a part of
the hotline above it, so that its parent's staff speak there as the hotline and not as a platform above.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, field

from yixian.parties.roles import READ_ORDERS, REVEAL, ROLES, who_holds, who_may

NOBODY: frozenset[str] = frozenset()
_CHANGE_FIRST = "初始密码尚未修改, 请先修改密码再办理业务"


@dataclass(frozen=True, slots=True)
class Denied:
    """A refusal: `reason` in Chinese for the person, `roles` the titles of those who could."""

    reason: str
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `kind`: hotline | unit | manager | upstream | requester | system.

    `grants` are (role, platform path); `platform_ids` every platform whose orders they may read; `unit_codes` their
    unit and its sub-units; `scopes` None for a person's session, else those of the token; `of_system`: the token is one
    that an administrator issued for a unit's own system; `post` a key of POSTS.
    """

    kind: str
    username: str
    name: str = ""
    user_id: int | None = None
    roles: frozenset[str] = NOBODY
    grants: tuple[tuple[str, str], ...] = ()
    platform_path: str = ""
    platform_ids: tuple[int, ...] = ()
    unit_code: str | None = None
    unit_codes: frozenset[str] = NOBODY
    requester_ref: str | None = None
    order_no: str | None = None
    scopes: frozenset[str] | None = None
    token_id: int | None = None
    of_system: bool = False
    post: str = ""
    must_change_password: bool = False
    permissions: frozenset[str] = field(default=NOBODY, compare=False)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which orders an actor may read: `kind` all | platforms | unit | requester | nothing, and what selects them."""

    kind: str
    platform_ids: tuple[int, ...] = ()
    unit_codes: frozenset[str] = NOBODY
    requester_ref: str | None = None
    order_no: str | None = None


@dataclass(frozen=True, slots=True)
class About:
    """What an access decision must know of an order."""

    order_no: str = ""
    platform_path: str = ""
    units: frozenset[str] = NOBODY
    confidential: bool = False


def hotline_path(platform_path: str) -> str:
    """The path of the hotline that a platform is, or is a part of."""
    segments = platform_path.split("/")[:-1]
    while len(segments) > 1 and segments[-1].startswith("~"):
        segments.pop()
    return "".join(f"{segment}/" for segment in segments)


def may(
    actor: Actor,
    command: str,
    *,
    platform_path: str,
    units: Set[str] = NOBODY,
    requester_ref: str | None = None,
    order_no: str | None = None,
) -> Denied | None:
    """Whether the actor may give this command on an order of this platform, these units and this requester.

    Returns None when they may, else why not and which roles could. For a new order `units` and the rest stay empty.
    """
    if not _in_scopes(actor, command):
        return Denied(f"接口令牌的权限范围不包括指令 {command}", ())
    if actor.kind == "system":
        return None if command in ROLES["system"].commands else _lacks_role(actor, command)
    if actor.kind == "unit":
        return _unit_may(actor, command, units)
    if actor.kind == "requester":
        return _requester_may(actor, command, requester_ref, order_no)
    if actor.must_change_password:
        return Denied(_CHANGE_FIRST)
    if _voice(actor, command, platform_path) is not None:
        return None
    return _why_not(actor, command, platform_path)


def voice(actor: Actor, command: str, *, platform_path: str, units: Set[str] = NOBODY) -> str:
    """The word by which the lifecycle knows who gives the command: its `by`.

    A unit speaks by the code of that unit of theirs which handles the order; staff of a platform above as `upstream`.
    """
    if actor.kind == "unit":
        own = actor.unit_codes & units
        if actor.unit_code in own or not own:
            return actor.unit_code or ""
        return min(own)
    if actor.kind in ("system", "requester", "upstream"):
        return actor.kind
    return _voice(actor, command, platform_path) or actor.kind


def scope(actor: Actor) -> Scope:
    """Which orders the actor may read at all, for lists and details."""
    if actor.kind == "system":
        return Scope("all")
    if actor.scopes is not None and not actor.scopes & {"read", "*"}:
        return Scope("nothing")
    if actor.kind == "requester":
        known = actor.requester_ref or actor.order_no
        return Scope("requester", requester_ref=actor.requester_ref, order_no=actor.order_no) if known else NOTHING
    if READ_ORDERS not in actor.permissions or actor.must_change_password:
        return NOTHING
    if actor.kind == "unit":
        return Scope("unit", unit_codes=actor.unit_codes)
    return Scope("platforms", platform_ids=actor.platform_ids)


NOTHING = Scope("nothing")


def may_read(actor: Actor, about: About, *, requester_ref: str | None = None) -> bool:
    """Whether the actor may see this order; the same answer as filtering by `scope`."""
    found = scope(actor)
    if found.kind == "platforms":
        return holds(actor, READ_ORDERS, platform_path=about.platform_path)
    if found.kind == "unit":
        return bool(found.unit_codes & about.units)
    if found.kind == "requester":
        return (requester_ref is not None and requester_ref == found.requester_ref) or (
            bool(about.order_no) and about.order_no == found.order_no
        )
    return found.kind == "all"


def may_see_contact(actor: Actor, about: About) -> Denied | None:
    """Whether the actor may see who the requester of this order is, masked or not.

    A unit never sees it on a confidential order: it replies to the platform only (乐至 第七条(二), 第十六条).
    """
    if actor.kind == "unit" and about.confidential:
        return Denied("诉求人要求保密, 承办单位不能查看其联系方式; 请将办理结果答复热线平台, 由平台转告")
    if not may_read(actor, about):
        return Denied("该工单不在您的数据范围内")
    return None


def may_unmask(actor: Actor, about: About | None) -> Denied | None:
    """Whether the actor may see personal data in full, about this order or, for staff, a caller."""
    if actor.kind == "system":
        return None
    if REVEAL not in actor.permissions or not _in_scopes(actor, REVEAL):
        titles = who_holds(REVEAL)
        return Denied(f"您的角色不能查看未脱敏的个人信息; 可以查看的有: {'、'.join(titles)}", titles)
    if actor.must_change_password:
        return Denied(_CHANGE_FIRST)
    if about is not None:
        return may_see_contact(actor, about)
    return Denied("承办单位只能查看本单位承办工单的诉求人信息") if actor.kind == "unit" else None


def holds(actor: Actor, permission: str, *, platform_path: str | None = None) -> bool:
    """Whether one of the actor's roles has the permission, over this platform if one is named."""
    if actor.kind == "system":
        return True
    read_only = permission.endswith(".read") and actor.scopes is not None and "read" in actor.scopes
    if permission not in actor.permissions or not (read_only or _in_scopes(actor, permission)):
        return False
    if actor.must_change_password:
        return False
    if platform_path is None:
        return True
    return any(platform_path.startswith(path) for role, path in actor.grants if permission in ROLES[role].permissions)


def permissions_of(roles: Iterable[str]) -> frozenset[str]:
    """All permissions that these roles give together."""
    return NOBODY.union(*(ROLES[role].permissions for role in roles))


def _in_scopes(actor: Actor, word: str) -> bool:
    return actor.scopes is None or "*" in actor.scopes or word in actor.scopes


def _voice(actor: Actor, command: str, platform_path: str) -> str | None:
    """As what hotline staff give the command here: manager, hotline, upstream, or None when no role of theirs can."""
    own = hotline_path(platform_path)
    found: str | None = None
    for role, path in actor.grants:
        if not platform_path.startswith(path) or command not in ROLES[role].commands:
            continue
        kind = ROLES[role].kind
        if kind != "upstream" and path.startswith(own):
            if kind == "manager":
                return "manager"
            found = "hotline"
        elif command in ROLES["upstream"].commands:
            found = found or "upstream"
    return found


def _unit_may(actor: Actor, command: str, units: Set[str]) -> Denied | None:
    if actor.must_change_password:
        return Denied(_CHANGE_FIRST)
    if not any(command in ROLES[role].commands for role, _ in actor.grants):
        return _lacks_role(actor, command)
    if not actor.unit_codes & units:
        return Denied("该工单没有派给您所在的单位, 不能办理")
    return None


def _requester_may(actor: Actor, command: str, requester_ref: str | None, order_no: str | None) -> Denied | None:
    if command not in ROLES["requester"].commands:
        return _lacks_role(actor, command)
    if command == "register":
        return None
    if actor.requester_ref is not None and actor.requester_ref == requester_ref:
        return None
    if actor.order_no is not None and actor.order_no == order_no:
        return None
    return Denied("只能办理您本人提交的诉求; 请用工单编号和查询码进入")


def _why_not(actor: Actor, command: str, platform_path: str) -> Denied:
    able = [path for role, path in actor.grants if command in ROLES[role].commands]
    if not able:
        return _lacks_role(actor, command)
    if any(platform_path.startswith(path) for path in able):
        return Denied("这是下级平台自己办理的环节, 上级平台不能代办; 请由该平台的工作人员办理", who_may(command))
    return Denied("该工单不属于您负责的平台", who_may(command))


def _lacks_role(actor: Actor, command: str) -> Denied:
    titles = who_may(command)
    held = "、".join(ROLES[role].title for role in sorted(actor.roles)) or "未授角色"
    if not titles:
        return Denied(f"没有指令 {command}")
    return Denied(f"您的角色 ({held}) 不能办理此事; 可以办理的有: {'、'.join(titles)}", titles)

"""The words of administration: what a role may do, what a token's scope means, what a journal's entry says."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from yixian.lifecycle.commands import COMMANDS
from yixian.parties.models import LOCKED_FOREVER, POSTS, UNIT_KINDS, AuditEntry, LoginLog, UnmaskLog, User
from yixian.parties.roles import PERMISSIONS, ROLES, Role
from yixian.web.present import moments

FIRST_COMMANDS = 8
VERBS = {
    "create_platform": "新建平台",
    "change_platform": "修改平台",
    "create_unit": "新建单位",
    "change_unit": "修改单位",
    "move_unit": "移动单位",
    "represent_platform": "设定代表的平台",
    "file_confidentiality": "报备保密要求",
    "create_user": "新建账号",
    "change_user": "修改账号",
    "set_post": "登记职务",
    "grant_role": "授予角色",
    "revoke_role": "收回角色",
    "activate_user": "启用账号",
    "deactivate_user": "停用账号",
    "set_password": "设置密码",
    "lock_user": "锁定账号",
    "unlock_user": "解除锁定",
    "end_sessions": "强制下线",
    "issue_token": "签发令牌",
    "revoke_token": "吊销令牌",
    "change_calendar": "修改工作日历",
    "export_journal": "导出日志",
    "forget_requester": "销毁诉求人信息",
    "start_rulebook_draft": "起草规则",
    "submit_rulebook_draft": "送审规则",
    "withdraw_rulebook_draft": "撤回送审",
    "reject_rulebook_draft": "退回规则",
    "discard_rulebook_draft": "放弃草稿",
    "publish_rulebook": "发布规则",
}
OWN_VERBS = (
    "上传附件",
    "下载附件",
    "公开答复",
    "撤下公开件",
    "导出清单",
    "导出台账",
    "导出批次",
    "生成导出批次",
    "导出征集",
    "导出推演",
)
KEYS = {
    "name": "名称",
    "full_name": "规范全称",
    "short_name": "简称",
    "phone": "电话",
    "line_24h": "24 小时电话",
    "division_code": "区划代码",
    "is_active": "启用",
    "kind": "性质",
    "in_assessment": "纳入考核",
    "mandatory": "必须参与",
    "duty": "职责",
    "path": "位置",
    "represents": "代表的平台",
    "platform": "平台",
    "unit": "单位",
    "role": "角色",
    "post": "职务",
    "own": "本人修改",
    "prefix": "令牌",
    "scopes": "权限范围",
    "of_system": "单位系统",
    "expires_at": "有效期至",
    "level": "层级",
    "book": "规则",
    "filters": "筛选",
    "count": "条数",
    "type": "格式",
    "days": "日期",
    "removed": "撤销的日期",
    "source": "文件",
    "orders": "重算的工单",
    "changed": "变动的工单",
    "reason": "原因",
    "title": "名称",
    "journal": "日志",
    "slug": "公开编号",
    "note": "说明",
    "based_on": "依据的版本",
    "run": "试跑",
    "campaign": "征集",
    "sha256": "",
    "size": "字节数",
    "known": "有来电记录",
    "serial": "批次",
    "to": "送往",
    "query": "条件",
    "by": "原所有人",
    "first": "起",
    "last": "止",
}
LOGIN_REASONS = {
    "": "成功",
    "wrong": "密码不对",
    "locked": "账号已锁定",
    "inactive": "账号已停用",
    "unknown": "没有这个用户名",
}
SUBJECTS = {
    "user": "账号",
    "unit": "单位",
    "platform": "平台",
    "requester": "诉求人",
    "calendar": "日历",
    "rulebook": "规则",
    "draft": "草稿",
}
ACTORS = {"system": "系统", "requester": "诉求人", "upstream": "上级平台"}
LONGEST_SAID = 160


def role(found: Role) -> dict[str, str]:
    """A role as it is explained where it is granted: its commands and permissions, from the table that decides."""
    commands = [COMMANDS[name].title for name in COMMANDS if name in found.commands]
    more = f"等 {len(commands)} 项" if len(commands) > FIRST_COMMANDS else ""
    return {
        "code": found.code,
        "title": found.title,
        "acts": "、".join(commands[:FIRST_COMMANDS]) + more if commands else "不办理工单",
        "all": "、".join(commands),
        "may": "、".join(title for code, title in PERMISSIONS.items() if code in found.permissions),
        "kind": "unit" if found.kind == "unit" else "hotline",
    }


def roles(*, of_unit: bool) -> list[dict[str, str]]:
    """The roles that a person of a unit, or of the hotline, can be given."""
    return [role(one) for one in ROLES.values() if one.granted and (one.kind == "unit") == of_unit]


def state(user: User) -> tuple[str, str]:
    """An account's state in words and its tone."""
    now = timezone.now()
    if not user.is_active:
        return "已停用", ""
    if user.locked_until is not None and user.locked_until > now:
        until = (
            "" if user.locked_until == LOCKED_FOREVER else f", {moments.local(_at(user.locked_until)):%H:%M} 自动解除"
        )
        return f"已锁定{until}", "red"
    if user.must_change_password:
        return "初始密码未改", "amber"
    return "在用", "green"


def when(moment: dt.datetime | None, now: int, never: str = "从未") -> str:
    """A moment in a list, or the word for none."""
    return never if moment is None else moments.short(_at(moment), now)


def person(user: User, now: int) -> dict[str, Any]:
    """A line of the list of people."""
    words, tone = state(user)
    held = {(grant.role, grant.platform) for grant in user.grants.all()}
    own = user.platform_id
    names = [
        ROLES[code].title + ("" if place.pk == own else f" ({place.brief})") for code, place in held if code in ROLES
    ]
    return {
        "id": user.pk,
        "url": f"/manage/users/{user.pk}/",
        "name": user.name,
        "username": user.username,
        "place": user.platform.brief,
        "unit": user.unit.name if user.unit else "",
        "post": POSTS.get(user.post, ""),
        "roles": "、".join(sorted(names)) or "未授角色",
        "state": words,
        "tone": tone,
        "login": when(user.last_login, now, "从未登录"),
        "active": user.is_active,
    }


def scope(code: str) -> str:
    """What a token's scope lets it do."""
    if code == "*":
        return "账号能做的全部"
    if code == "read":
        return "只读: 查看账号能看的一切"
    if code in COMMANDS:
        return f"办理: {COMMANDS[code].title}"
    return PERMISSIONS.get(code, code)


def entry(row: AuditEntry | LoginLog | UnmaskLog, names: dict[int, str]) -> dict[str, str]:
    """A line of a journal."""
    who = names.get(row.user_id or 0, "")
    line = {
        "at": f"{moments.local(_at(row.at)):%Y-%m-%d %H:%M:%S}",
        "who": f"{who} ({row.username})" if who else ACTORS.get(row.username, row.username),
        "address": row.address,
    }
    if isinstance(row, AuditEntry):
        return line | {"deed": VERBS.get(row.verb, row.verb), "about": subject(row.subject), "more": told(row)}
    if isinstance(row, LoginLog):
        said = LOGIN_REASONS.get(row.reason, row.reason)
        return line | {
            "deed": "登录成功" if row.success else "登录失败",
            "about": "",
            "more": "" if row.success else said,
        }
    return line | {"deed": "查看个人信息", "about": row.order_no or "来电人", "more": row.reason}


def subject(text: str) -> str:
    """What an act was done to."""
    return " ".join(_subject(part) for part in text.split(" ")) if ":" in text else text


def _subject(part: str) -> str:
    mark, colon, rest = part.partition(":")
    if mark == "requester" and colon:
        return f"诉求人 {rest[:8]}" if rest.strip("-") else "没有登记过的来电人"
    return f"{SUBJECTS[mark]} {rest}" if colon and mark in SUBJECTS else part


def told(row: AuditEntry) -> str:
    """What an act changed: each item before and after."""
    keys = dict.fromkeys([*row.before, *row.after])
    parts = []
    for key in keys:
        before, after = _value(key, row.before.get(key)), _value(key, row.after.get(key))
        change = f"{before} → {after}" if key in row.before and key in row.after else after or before
        if change and KEYS.get(key, key):
            parts.append(f"{KEYS.get(key, key)}: {change}")
    return "; ".join(parts)


def _value(key: str, value: Any) -> str:
    if value is None or value == "" or value == [] or value == {}:
        return "无" if value == "" or value is None else ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, (list, tuple)):
        return "、".join(scope(str(one)) if key == "scopes" else str(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{KEYS.get(name, name)} {_value(name, one)}" for name, one in value.items())
    if key == "expires_at":
        return f"{moments.local(_at(dt.datetime.fromisoformat(str(value)))):%Y-%m-%d %H:%M}"
    words = {"role": {code: one.title for code, one in ROLES.items()}, "post": POSTS, "kind": UNIT_KINDS}.get(key, {})
    return str(words.get(str(value), value))


def _at(moment: dt.datetime) -> int:
    return int(moment.timestamp())

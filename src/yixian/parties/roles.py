"""The roles (角色): which commands each may give and what else it may do. This one table is all there is.

Pure data. Command names are those of the lifecycle; tests/parties checks that every command has a role and that each
role only holds commands which the lifecycle takes from its kind.
"""

from __future__ import annotations

from dataclasses import dataclass

READ_ORDERS = "orders.read"
REVEAL = "people.reveal"
READ_LOGS = "logs.read"
MANAGE = "parties.manage"
READ_KNOWLEDGE = "knowledge.read"
EDIT_KNOWLEDGE = "knowledge.edit"
READ_FIGURES = "figures.read"
EDIT_ASSESSMENT = "assessment.edit"
FILE_REGISTERS = "registers.file"
KEEP_REGISTERS = "registers.keep"
EDIT_RULES = "rules.edit"
APPROVE_RULES = "rules.approve"
TRY_RULES = "rules.try"
KEEP_CAMPAIGNS = "campaigns.keep"
SEE_RESTRICTIONS = "restrictions.read"

PERMISSIONS = {
    READ_ORDERS: "查看工单",
    REVEAL: "查看诉求人信息",
    READ_LOGS: "查看日志",
    MANAGE: "管理机构和人员",
    READ_KNOWLEDGE: "查看知识",
    EDIT_KNOWLEDGE: "编辑知识",
    READ_FIGURES: "查看统计",
    EDIT_ASSESSMENT: "考核评分",
    FILE_REGISTERS: "报送台账",
    KEEP_REGISTERS: "管理台账",
    EDIT_RULES: "修订规则",
    APPROVE_RULES: "批准规则",
    TRY_RULES: "推演规则",
    KEEP_CAMPAIGNS: "管理征集和调查",
    SEE_RESTRICTIONS: "查看限制名单",
}


@dataclass(frozen=True, slots=True)
class Role:
    """One role: its words, the kind of actor it makes, its commands and permissions.

    `granted` False: held by kinds of actors that no user can be given (the system, another platform, a requester).
    """

    code: str
    title: str
    kind: str
    commands: frozenset[str]
    permissions: frozenset[str]
    granted: bool = True


_INTAKE = frozenset({"register", "answer", "decline", "accept", "verify", "mark_unverified"})
_PEOPLES = frozenset({"register", "supplement", "urge", "evaluate", "withdraw"})
_DISPATCH = frozenset({"dispatch", "transfer", "approve_return", "refuse_return", "convene", "merge", "notify_unit"})
_REVIEW = frozenset(
    {
        *("send_back", "pass_review", "approve_return", "refuse_return", "approve_extension", "refuse_extension"),
        *("approve_interim_close", "refuse_interim_close", "accept_terminate", "close", "archive"),
    }
)
_SCREENING = frozenset({"screen", "confirm_screen", "refuse_screen", "uphold_appeal", "reject_appeal"})
_CALL_BACK = frozenset({"call_back", "evaluate", "order_redo", "refuse_redo", "close", "archive"})
_SUPERVISION = frozenset(
    {
        *("supervise", "designate", "refer", "terminate", "restrict_caller", "lift_restriction"),
        *("confirm_case", "dismiss_case", "conclude_case"),
    }
)
_PUBLICITY = frozenset({"withhold", "publish"})
_DESK = _INTAKE | _PEOPLES | _DISPATCH | _REVIEW | _SCREENING | _CALL_BACK | _SUPERVISION | _PUBLICITY
_CLERK = frozenset(
    {
        *("sign", "contact", "respond", "report_progress", "submit_opinion", "reply", "request_return"),
        *("request_extension", "request_interim_close", "appeal", "screen", "draft_reply", "explain_rating"),
    }
)
_LEADER = _CLERK | {"terminate", "file_statement", "return_draft", "self_supervise", "conclude_case", "withhold"}
_UPSTREAM = frozenset(
    {
        *("register", "supplement", "urge", "evaluate", "call_back", "order_redo", "refuse_redo"),
        *("approve_return", "refuse_return", "approve_extension", "refuse_extension", "send_back", "pass_review"),
        *("uphold_appeal", "reject_appeal", "screen", "confirm_screen", "refuse_screen", "designate", "supervise"),
        *("confirm_case", "dismiss_case", "conclude_case"),
        *("approve_interim_close", "refuse_interim_close", "accept_terminate", "close"),
    }
)
_TIMERS = frozenset({"expire", "recalculate", "note_repeat", "relay"})

_SEE = frozenset({READ_ORDERS, READ_KNOWLEDGE})
_WORK = _SEE | {REVEAL, FILE_REGISTERS}


def _table(*roles: Role) -> dict[str, Role]:
    return {role.code: role for role in roles}


ROLES = _table(
    Role("agent", "话务员", "hotline", _INTAKE | _PEOPLES | {"notify_unit"}, _WORK | {SEE_RESTRICTIONS}),
    Role(
        "dispatcher",
        "派单员",
        "hotline",
        _INTAKE | _PEOPLES | _DISPATCH | {"approve_extension", "refuse_extension"},
        _WORK | {KEEP_REGISTERS, SEE_RESTRICTIONS},
    ),
    Role("unit_clerk", "承办单位经办人", "unit", _CLERK, _WORK),
    Role("unit_leader", "承办单位负责人", "unit", _LEADER, _WORK | {READ_FIGURES, TRY_RULES}),
    Role("reviewer", "审核员", "hotline", _REVIEW | _SCREENING | _PUBLICITY, _WORK | {SEE_RESTRICTIONS}),
    Role("callback", "回访员", "hotline", _CALL_BACK | {"supplement", "urge"}, _WORK | {SEE_RESTRICTIONS}),
    Role(
        "supervisor",
        "督办管理员",
        "manager",
        _DESK,
        _WORK | {READ_FIGURES, KEEP_REGISTERS, TRY_RULES, KEEP_CAMPAIGNS, SEE_RESTRICTIONS},
    ),
    Role("knowledge_editor", "知识编辑", "hotline", frozenset(), frozenset({READ_KNOWLEDGE, EDIT_KNOWLEDGE})),
    Role("assessor", "考核员", "hotline", _SCREENING, _SEE | {READ_FIGURES, EDIT_ASSESSMENT, TRY_RULES}),
    Role(
        "administrator",
        "系统管理员",
        "hotline",
        frozenset(),
        _SEE
        | {MANAGE, READ_LOGS, FILE_REGISTERS, KEEP_REGISTERS, EDIT_RULES, APPROVE_RULES, TRY_RULES, KEEP_CAMPAIGNS},
    ),
    Role("auditor", "审计员", "hotline", frozenset(), _SEE | {READ_LOGS, READ_FIGURES, TRY_RULES, SEE_RESTRICTIONS}),
    Role("requester", "诉求人", "requester", _PEOPLES, frozenset(), granted=False),
    Role("upstream", "上级平台", "upstream", _UPSTREAM, frozenset({READ_ORDERS}), granted=False),
    Role("system", "系统", "system", _DESK | _TIMERS, frozenset(PERMISSIONS), granted=False),
)

COMMAND_NAMES = frozenset().union(*(role.commands for role in ROLES.values()))


def who_may(command: str) -> tuple[str, ...]:
    """The Chinese titles of the roles that may give a command, in the order of the table."""
    return tuple(role.title for role in ROLES.values() if command in role.commands)


def who_holds(permission: str) -> tuple[str, ...]:
    """The Chinese titles of the roles that users can be given and that hold a permission."""
    return tuple(role.title for role in ROLES.values() if role.granted and permission in role.permissions)

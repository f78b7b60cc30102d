"""The command vocabulary (指令): one payload type and one spec per command.

Pages, API and scenarios are all made from `COMMANDS`; a payload is checked by `parse`, which refuses unknown keys
with the nearest known one. Limits of length are in characters.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Short = Annotated[str, Meta(min_length=1, max_length=200)]
Words = Annotated[str, Meta(min_length=1, max_length=2000)]
Text = Annotated[str, Meta(min_length=1, max_length=20000)]
Names = Annotated[tuple[Short, ...], Meta(max_length=50)]


class Payload(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a command carries beside who gives it and when."""


class Requester(Payload, frozen=True):
    """诉求人. `ref` points into the vault; name, phone, id_number and address never reach an event."""

    name: Short | None = None
    phone: Annotated[str, Meta(max_length=40)] | None = None
    id_number: Annotated[str, Meta(max_length=40)] | None = None
    address: Short | None = None
    anonymous: bool = False
    type: Literal["person", "enterprise", "organisation"] | None = None
    level: Short | None = None
    ref: Annotated[str, Meta(max_length=64)] | None = None


class ReceivedFrom(Payload, frozen=True):
    """Where an order came from: platform, its number there, its dispatch moment (ISO local time), its level."""

    platform: Short
    no: Short | None = None
    dispatched_at: str | None = None
    level: Short | None = None


class StatutoryLimit(Payload, frozen=True):
    """法定时限: a duration with the law it comes from; replaces `reply` only."""

    limit: Short
    basis: Short | None = None


class Register(Payload, frozen=True):
    """登记. `region`: the matter reaches beyond the platform's own region or level; `secret`: it involves secrets.

    `topics`: words by which it is known to be urgent or concentrated; `duties_told`: the caller was told their duties.
    """

    category: Short
    text: Text
    channel: Short
    requester: Requester | None = None
    confidential: bool = False
    emergency: Literal["special", "special_emergency", "event"] | bool | None = None
    source: Short | None = None
    domain: Short | None = None
    place: Short | None = None
    subject: Short | None = None
    grade: Literal["重点", "一般"] | None = None
    statutory_limit: str | StatutoryLimit | None = None
    received_from: ReceivedFrom | None = None
    same_as: Short | None = None
    urgency: Short | None = None
    item: Short | None = None
    nature: Short | None = None
    unclear: bool = False
    unverified: bool = False
    duties_told: bool = False
    topics: Names = ()
    region: Literal["cross_region", "cross_level"] | None = None
    secret: bool = False


class Decline(Payload, frozen=True):
    """不予受理. `inform_unit`: the competent unit, by code or in words; its name and phone as they are told."""

    ground: Short
    inform_unit: Short | None = None
    unit_name: Short | None = None
    unit_phone: Annotated[str, Meta(max_length=40)] | None = None
    note: Words | None = None


class Answer(Payload, frozen=True):
    """即时答复: directly, in a three-party call (三方通话) or with a specialist seat (专席联动); `party` joined."""

    text: Text
    mode: Literal["direct", "three_party", "specialist"] | None = None
    party: Short | None = None


class Accept(Payload, frozen=True):
    """受理."""


class Verify(Payload, frozen=True):
    """核实: lifts 待核实; what was unclear is put down."""

    note: Words | None = None
    subject: Short | None = None
    place: Short | None = None


class Dispatch(Payload, frozen=True):
    """派单."""

    lead: Short
    co: Names = ()
    requirements: Words | None = None
    grade: Literal["重点", "一般"] | None = None
    handler_level: Short | None = None
    mode: Literal["lead", "split"] | None = None
    via: Short | None = None


class Sign(Payload, frozen=True):
    """签收. `signed_by`: whose post approved the handling; `delegated_to` signs in their place, by `delegation`."""

    signed_by: Short | None = None
    delegated_to: Short | None = None
    delegation: Words | None = None


class Contact(Payload, frozen=True):
    """联系诉求人."""

    reached: bool
    note: Words | None = None


class Respond(Payload, frozen=True):
    """初步响应."""

    text: Text


class ReportProgress(Payload, frozen=True):
    """反馈进展."""

    text: Text


class RequestReturn(Payload, frozen=True):
    """申请退单."""

    reason: Words | None = None
    basis: Words | None = None
    suggestion: Words | None = None


class ApproveReturn(Payload, frozen=True):
    """同意退单."""

    reason: Words | None = None
    redispatch_to: Short | None = None


class Reasoned(Payload, frozen=True):
    """A decision with a reason."""

    reason: Words | None = None


class RequestExtension(Payload, frozen=True):
    """申请延期."""

    reason: Words | None = None
    length: Short | None = None
    waiver: Words | bool | None = None


class SubmitOpinion(Payload, frozen=True):
    """协办意见."""

    text: Text


class Reply(Payload, frozen=True):
    """办理答复. Without `text` the draft that waits for release (送审稿) is taken as it stands.

    `explanation`: why a demand could not be met, one of the book's words; `office`, `office_phone`: whom to call.
    """

    text: Text | None = None
    contacted: bool | Words | None = None
    signed_by: Short | None = None
    delegated_to: Short | None = None
    delegation: Words | None = None
    explanation: Short | None = None
    office: Short | None = None
    office_phone: Annotated[str, Meta(max_length=40)] | None = None


class DraftReply(Payload, frozen=True):
    """拟稿送审: the reply as a clerk proposes it."""

    text: Text
    contacted: bool | Words | None = None
    explanation: Short | None = None
    office: Short | None = None
    office_phone: Annotated[str, Meta(max_length=40)] | None = None


class SendBack(Payload, frozen=True):
    """审核退回."""

    defects: Annotated[tuple[Words, ...], Meta(max_length=30)] | Words | None = None
    reason: Words | None = None


class PassReview(Payload, frozen=True):
    """审核通过."""

    defects: Annotated[tuple[Words, ...], Meta(max_length=30)] | Words | None = None
    note: Words | None = None


class Supplement(Payload, frozen=True):
    """补充诉求."""

    text: Text


class Urge(Payload, frozen=True):
    """催办."""

    note: Words | None = None


class Evaluate(Payload, frozen=True):
    """评价."""

    level: Short
    resolved: bool | None = None
    by: Literal["sms", "web", "robot", "human"] | None = None
    note: Words | None = None


class CallBack(Payload, frozen=True):
    """回访."""

    reached: bool
    level: Short | None = None
    resolved: bool | None = None
    wants_redo: bool | None = None
    by: Literal["human", "robot"] | None = None
    note: Words | None = None


class Appeal(Payload, frozen=True):
    """申诉."""

    evidence: Words | None = None


class Screen(Payload, frozen=True):
    """甄别."""

    ground: Short
    evidence: Words | None = None


class RequestInterimClose(Payload, frozen=True):
    """申请临时办结."""

    progress: Words | None = None
    plan: Words | None = None
    promised: Short | None = None


class ApproveInterimClose(RequestInterimClose, frozen=True):
    """同意临时办结; a promised end named here replaces the one asked for."""

    reason: Words | None = None


class Terminate(Payload, frozen=True):
    """终结办理."""

    opinion: Text | None = None


class Convene(Payload, frozen=True):
    """召集协商. `time`: when the meeting is, in the words of the invitation."""

    matter: Words | None = None
    by: Short | None = None
    members: Names = ()
    time: Short | None = None


class Designate(Payload, frozen=True):
    """指定承办单位. `fallback`: no law says whose it is, so by the book's fallback (兜底)."""

    lead: Short
    co: Names = ()
    by: Short | None = None
    reason: Words | None = None
    decision: Words | None = None
    fallback: bool = False


class Transfer(Payload, frozen=True):
    """转出."""

    to: Short
    reason: Words | None = None


class Supervise(Payload, frozen=True):
    """督办."""

    mode: Short | None = None
    by: Short | None = None
    reason: Words | None = None
    trigger: Short | None = None
    means: Short | None = None
    joint: Names = msgspec.field(name="with", default=())


class OfCase(Payload, frozen=True):
    """A decision about one supervision case, named by its key: 确认督办, 不予督办."""

    case: Short
    reason: Words | None = None


class ConcludeCase(Payload, frozen=True):
    """督办结论: 已见效 or 未见实效."""

    case: Short
    outcome: Literal["effective", "no_effect"]
    note: Words | None = None


class SelfSupervise(Payload, frozen=True):
    """内部督办: a unit's leader supervises the unit's own handling."""

    reason: Words
    about: Words | None = None


class Refer(Payload, frozen=True):
    """移交. `about`: abuse of the hotline, accountability of a unit, or else; `calls`: how often it was called."""

    to: Short
    reason: Words | None = None
    about: Literal["abuse", "accountability", "other"] | None = None
    evidence: Words | None = None
    calls: Annotated[int, Meta(ge=0, le=1_000_000)] | Annotated[str, Meta(max_length=7)] | None = None
    attachments: Names = ()


class NotifyUnit(Payload, frozen=True):
    """电话通知承办单位: which line was rung, and who there took it."""

    unit: Short
    by: Short | None = None
    phone: Short | None = None
    answered_by: Short | None = None


class RestrictCaller(Payload, frozen=True):
    """限制使用电话资源."""

    reason: Words | None = None


class FileStatement(Payload, frozen=True):
    """书面说明."""

    text: Text | None = None
    ground: Short | None = None
    reason: Words | None = None


class ExplainRating(Payload, frozen=True):
    """说明情况: what the unit told a dissatisfied requester."""

    text: Text
    reached: bool | None = None


class Merge(Payload, frozen=True):
    """并单."""

    into: Short
    reason: Words | None = None


class Withdraw(Payload, frozen=True):
    """撤诉."""

    reason: Words | None = None


class Close(Payload, frozen=True):
    """办结."""

    note: Words | None = None


class NoteRepeat(Payload, frozen=True):
    """记重复反映: another report of the same matter, told to the first order of the chain."""

    order: Short


class Relay(Payload, frozen=True):
    """关联工单来件: what happened to the order of another platform that is linked to this one.

    `refused`: why it could not take effect here by itself; then people must act.
    """

    from_no: Short
    kind: Literal["opened", "received", "answer", "progress", "returned", "closed", "notice"]
    text: Text | None = None
    unit: Short | None = None
    platform: Short | None = None
    refused: Text | None = None


class Nothing(Payload, frozen=True):
    """No payload."""


class Spec(msgspec.Struct, frozen=True):
    """One command: its Chinese name, payload type, and who gives it (a role word, or "unit")."""

    name: str
    title: str
    payload: type[Payload]
    who: frozenset[str]
    moment: str  # intake | unit | decision | after | supervision | system: groups commands on pages


_DESK = frozenset({"hotline", "manager", "system"})
_UNIT = frozenset({"unit"})
_ABOVE = _DESK | {"upstream"}
_PEOPLE = _ABOVE | {"requester"}


def _table(*rows: tuple[str, str, type[Payload], frozenset[str], str]) -> dict[str, Spec]:
    return {row[0]: Spec(*row) for row in rows}


COMMANDS: Mapping[str, Spec] = _table(
    ("register", "登记", Register, _PEOPLE, "intake"),
    ("decline", "不予受理", Decline, _DESK, "intake"),
    ("answer", "即时答复", Answer, _DESK, "intake"),
    ("accept", "受理", Accept, _DESK, "intake"),
    ("verify", "核实", Verify, _DESK, "intake"),
    ("mark_unverified", "标为待核实", Reasoned, _DESK, "intake"),
    ("dispatch", "派单", Dispatch, _DESK, "intake"),
    ("transfer", "转出", Transfer, _DESK, "intake"),
    ("sign", "签收", Sign, _UNIT, "unit"),
    ("contact", "联系诉求人", Contact, _UNIT, "unit"),
    ("respond", "初步响应", Respond, _UNIT, "unit"),
    ("report_progress", "反馈进展", ReportProgress, _UNIT, "unit"),
    ("request_return", "申请退单", RequestReturn, _UNIT, "unit"),
    ("approve_return", "同意退单", ApproveReturn, _ABOVE, "decision"),
    ("refuse_return", "不同意退单", Reasoned, _ABOVE, "decision"),
    ("request_extension", "申请延期", RequestExtension, _UNIT, "unit"),
    ("approve_extension", "同意延期", Reasoned, _ABOVE, "decision"),
    ("refuse_extension", "不同意延期", Reasoned, _ABOVE, "decision"),
    ("submit_opinion", "提交协办意见", SubmitOpinion, _UNIT, "unit"),
    ("draft_reply", "拟稿送审", DraftReply, _UNIT, "unit"),
    ("return_draft", "退回修改", Reasoned, _UNIT, "unit"),
    ("reply", "办理答复", Reply, _UNIT, "unit"),
    ("send_back", "审核退回", SendBack, _ABOVE, "decision"),
    ("pass_review", "审核通过", PassReview, _ABOVE, "decision"),
    ("supplement", "补充诉求", Supplement, _PEOPLE, "after"),
    ("urge", "催办", Urge, _PEOPLE, "after"),
    ("evaluate", "评价", Evaluate, _PEOPLE, "after"),
    ("call_back", "回访", CallBack, _ABOVE, "after"),
    ("order_redo", "责成重办", Reasoned, _ABOVE, "after"),
    ("refuse_redo", "不同意重办", Reasoned, _ABOVE, "after"),
    ("appeal", "申诉", Appeal, _UNIT, "after"),
    ("uphold_appeal", "申诉成立", Reasoned, _ABOVE, "decision"),
    ("reject_appeal", "申诉不成立", Reasoned, _ABOVE, "decision"),
    ("screen", "甄别", Screen, _UNIT | _ABOVE, "after"),
    ("confirm_screen", "确认甄别", Reasoned, _ABOVE, "decision"),
    ("refuse_screen", "不予甄别", Reasoned, _ABOVE, "decision"),
    ("request_interim_close", "申请临时办结", RequestInterimClose, _UNIT, "unit"),
    ("approve_interim_close", "同意临时办结", ApproveInterimClose, _ABOVE, "decision"),
    ("refuse_interim_close", "不同意临时办结", Reasoned, _ABOVE, "decision"),
    ("terminate", "终结办理", Terminate, _UNIT | _DESK, "unit"),
    ("accept_terminate", "同意终结办理", Reasoned, _ABOVE, "decision"),
    ("convene", "召集协商", Convene, _DESK, "supervision"),
    ("designate", "指定承办单位", Designate, _ABOVE, "supervision"),
    ("supervise", "督办", Supervise, _ABOVE, "supervision"),
    ("confirm_case", "确认督办", OfCase, _ABOVE, "supervision"),
    ("dismiss_case", "不予督办", OfCase, _ABOVE, "supervision"),
    ("conclude_case", "督办结论", ConcludeCase, _ABOVE | _UNIT, "supervision"),
    ("self_supervise", "内部督办", SelfSupervise, _UNIT, "supervision"),
    ("withhold", "不宜公开", Reasoned, _DESK | _UNIT, "after"),
    ("publish", "恢复公开", Reasoned, _DESK, "after"),
    ("refer", "移交", Refer, _DESK, "supervision"),
    ("notify_unit", "电话通知承办单位", NotifyUnit, _DESK, "supervision"),
    ("restrict_caller", "限制使用电话", RestrictCaller, _DESK, "supervision"),
    ("lift_restriction", "解除限制", Reasoned, _DESK, "supervision"),
    ("file_statement", "提交书面说明", FileStatement, _UNIT, "unit"),
    ("explain_rating", "说明情况", ExplainRating, _UNIT, "after"),
    ("merge", "并单", Merge, _DESK, "supervision"),
    ("withdraw", "撤诉", Withdraw, frozenset({"requester", "hotline", "manager", "system"}), "after"),
    ("close", "办结", Close, _ABOVE, "after"),
    ("archive", "归档", Nothing, _DESK, "after"),
    ("expire", "时限到点", Nothing, frozenset({"system"}), "system"),
    ("recalculate", "重算时限", Nothing, frozenset({"system"}), "system"),
    ("note_repeat", "记重复反映", NoteRepeat, frozenset({"system"}), "system"),
    ("relay", "关联工单来件", Relay, frozenset({"system"}), "system"),
)

ROLES_OF_HOTLINE = frozenset({"hotline", "upstream", "requester", "manager", "system"})


class Command(msgspec.Struct, frozen=True):
    """A checked command: name, who gives it (a role word or a unit's code) and its payload."""

    name: str
    by: str
    payload: Payload

    @property
    def kind(self) -> str:
        """The role word of who gives it: a unit's code is kind "unit"."""
        return self.by if self.by in ROLES_OF_HOTLINE else "unit"


class PayloadError(ValueError):
    """A payload that does not fit: `path` inside it and a Chinese `message` saying what would be right."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path
        self.message = message


def parse(name: str, payload: Mapping[str, Any] | None = None, by: str = "hotline") -> Command:
    """Make a checked command of a plain mapping.

    Raises PayloadError for an unknown command, an unknown, missing, over-long or ill-typed field.
    """
    spec = COMMANDS.get(name)
    if spec is None:
        near = difflib.get_close_matches(name, COMMANDS, 1)
        raise PayloadError("", f"没有指令 {name!r}" + (f", 是否指 {near[0]!r}" if near else ""))
    try:
        return Command(name, by, msgspec.convert(payload or {}, spec.payload))
    except msgspec.ValidationError as error:
        raise _explain(error, spec.payload) from None


_FIELD = re.compile(r"`([^`]*)`")


def _explain(error: msgspec.ValidationError, payload: type[Payload]) -> PayloadError:
    words = str(error)
    message, _, where = words.partition(" - at ")
    path = where.strip("`").removeprefix("$").lstrip(".")
    quoted = _FIELD.findall(message)
    if "unknown field" in message and quoted:
        known = _fields_at(payload, path)
        near = difflib.get_close_matches(quoted[0], known, 1)
        hint = f"是否指 {near[0]!r}" if near else "可用的有 " + "、".join(known)
        return PayloadError(f"{path}.{quoted[0]}".lstrip("."), f"没有这一项, {hint}")
    if "missing required field" in message and quoted:
        return PayloadError(f"{path}.{quoted[0]}".lstrip("."), "缺少这一项, 必须填写")
    if "length <=" in message:
        return PayloadError(path, f"过长, 最多 {message.rsplit(' ', 1)[1]}")
    if "length >=" in message:
        return PayloadError(path, "不能为空")
    if "Invalid enum value" in message:
        return PayloadError(path, f"取值不在允许范围内: {message.removeprefix('Invalid enum value ')}")
    found = re.match(r"Expected `(.*)`, got `(.*)`", message)
    if found:
        return PayloadError(path, f"类型不对, 应为 {found[1]}, 实为 {found[2]}")
    return PayloadError(path, message)


def _fields_at(payload: type[Payload], path: str) -> list[str]:
    here: type[Payload] = payload
    nested: dict[str, type[Payload]] = {
        "requester": Requester,
        "received_from": ReceivedFrom,
        "statutory_limit": StatutoryLimit,
    }
    if path in nested:
        here = nested[path]
    return [item.encode_name for item in msgspec.structs.fields(here)]

"""What people write in a simulated order: replies that satisfy the book's own checks, reasons, opinions.

The words quote nothing of the citizen's message. A reply is composed of what the rulebook asks for: openings,
required parts and closings of every row that matches the order, its sign-off and its contact field.
"""

from __future__ import annotations

import re
from typing import Any

from yixian.lifecycle.draft import Draft
from yixian.lifecycle.state import OrderState
from yixian.ops.simulate_case import Case
from yixian.rulebook import Rulebook, WorkCalendar
from yixian.rulebook.model import ReplyRow

_PARTS = {
    "时间": "办理时间：接单后当日安排专人，两个工作日内完成现场核实。",
    "经过": "办理经过：工作人员到现场查看，与有关各方当面核对情况，并调取了台账。",
    "结果": "办理结果：{outcome}",
    "依据": "办理依据：{law}",
    "您的主要诉求": "一、您的主要诉求\n您反映的{topic}。",
    "调查核实情况": "二、调查核实情况\n接单后，{unit}派人到现场核实，情况与反映基本相符。",
    "调查处理意见": "三、调查处理意见\n{outcome}{law}",
    "沟通情况": "四、沟通情况\n{contacted}。",
    "经办人": "经办人：王工",
    "联系电话": "联系电话：详见承办单位公开电话",
    "承办单位": "承办单位：{unit}",
}
_OUTCOMES = (
    "已责成责任单位限期整改，现场复查符合要求。",
    "已安排维修，设施恢复正常使用，后续纳入日常巡查。",
    "经协调，双方达成一致，问题已经解决。",
    "已将有关政策向您说明，并告知办理地点和所需材料。",
    "已列入本季度工作安排，完成前由社区每周巡查一次。",
    "已约谈相关企业负责人，要求立即改正并报送整改情况。",
    "经核实暂不具备条件，已说明原因，条件具备后优先安排。",
)
_LAWS = (
    "按照本地城市管理有关规定办理。",
    "按照《物业管理条例》有关规定办理。",
    "按照《保障农民工工资支付条例》有关规定办理。",
    "按照《城镇排水与污水处理条例》有关规定办理。",
    "按照行业主管部门现行规范办理。",
)
_CONTACTED = ("已电话沟通，诉求人知晓办理情况", "已当面沟通，诉求人表示理解", "已电话沟通，诉求人希望继续关注")
DEFECTS = ("没有逐项答复诉求人提出的问题", "没有写明办理经过和依据", "答复只说明了政策，没有说明处理结果")
RETURN_REASONS = ("经核对，该事项不属于本单位职责", "现场位于其他单位管理范围内", "该设施的产权单位不是本单位")
RETURN_BASES = ("本单位三定规定未列此项职责", "属地管理范围划分图", "设施移交清单")
EXTENSION_REASONS = ("需要第三方检测，检测周期较长", "涉及多个单位会商，正在协调", "施工受连续降雨影响")
URGES = ("来电催办，询问何时能有结果", "再次来电，希望尽快处理", "诉求人来电了解进展")
SUPPLEMENTS = ("补充：同一路段另有一处同样情况。", "补充：问题多发生在晚上十点以后。", "补充：已自行拍照留存，可提供。")
ANSWERS = (
    "您好，您咨询的事项可在政务服务大厅综合窗口或线上办理，所需材料已逐项告知，感谢来电。",
    "您好，现行政策的适用范围和办理条件已向您说明，如有变化以主管部门公告为准。",
    "您好，该业务实行网上预约，工作日均可办理，地点和时间已告知。",
)


def literal(pattern: str, unit: str, topic: str) -> str:
    """A sentence that an opening or closing given as a pattern matches: blanks filled with what the order is about."""
    words = re.sub(r"\\s[*+?]", "", pattern)
    while ".+" in words:
        before = words.partition(".+")[0]
        filled = "市民" if before.endswith("尊敬的") else unit if before.endswith("经") else topic
        words = words.replace(".+", filled, 1)
    return re.sub(r"\\(.)", r"\1", words)


def reply(
    case: Case, state: OrderState, book: Rulebook, calendar: WorkCalendar, unit: str, *, careless: bool
) -> dict[str, Any]:
    """The payload of a reply; a careless one leaves out what the book asks for."""
    draft = Draft(state, book, calendar, state.changed)
    rows = [row for row in book.replies if row.when.matches(draft.attributes)]
    signer = book.sign_off.get(state.grade or "一般")
    told = case.choice("contacted", _CONTACTED) if state.contactable else "未沟通：诉求人没有留下联系方式"
    payload: dict[str, Any] = {
        "text": _text(case, rows, unit, told),
        "contacted": told,
        "signed_by": signer.value if signer else None,
    }
    if any("office" in row.requires for row in rows):
        payload |= {"office": "办公室", "office_phone": "由12345热线转接"}
    if careless:
        payload = {"text": f"{case.choice('careless', _OUTCOMES)}特此答复。", "signed_by": payload["signed_by"]}
    return {key: value for key, value in payload.items() if value is not None}


_FIELDS = frozenset({"contacted", "signed_by", "office", "office_phone"})
"""What a book may require of a reply beside its text: fields of their own."""


def _text(case: Case, rows: list[ReplyRow], unit: str, told: str) -> str:
    facts = {
        "unit": unit,
        "topic": case.topic,
        "contacted": told,
        "outcome": case.choice("outcome", _OUTCOMES),
        "law": case.choice("law", _LAWS),
    }
    # The row that says most about this order gives the frame; every row gives its parts.
    framed = sorted((row for row in rows if row.openings), key=lambda row: -len(row.when.keys))
    lines = [literal(framed[0].openings[0], unit, case.topic)] if framed else []
    needs = dict.fromkeys(need for row in rows for need in row.requires if need not in _FIELDS)
    for need in needs:
        part = _PARTS.get(need, need if "：" in need else f"{need}：已在办理记录中写明。")
        lines.append(part.format(**facts))
    if not needs:
        lines.append(f"{unit}已核实您反映的{case.topic}。{facts['outcome']}{facts['law']}{told}。")
    closing = next((row.closings[0] for row in sorted(rows, key=lambda r: -len(r.when.keys)) if row.closings), None)
    if closing:
        lines.append(literal(closing, unit, case.topic))
    return "\n".join(lines)

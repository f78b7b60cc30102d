"""The first look around (导览) of each role: three steps, each at an element that carries the `data-tour` it names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the element, a title and a sentence or two."""

    at: str
    title: str
    text: str


_FIND = Step("find", "随时可以查", "按 / 跳到这里: 输入编号、电话或内容里的词。")
_BELL = Step("bell", "有事会提醒", "新派的工单、审批结果和亮牌都在这里, 不用刷新页面, 有了就会出现。")
_HELP = Step("help", "不清楚就问", "每一页都有说明: 这一页做什么、先做什么、依据哪一条。按 F1 也能打开。")
_ROWS = Step("rows", "从最上面一件开始", "工单按到期先后排列。按 j、k 换一件; 时限和亮牌停一下就能看到依据。")
_TABS = Step("tabs", "要办的事分栏放", "每一栏后面是等着您办的件数, 红色的先办。")
_PANE = Step("pane", "就在这里办", "右边写着现在可以办的事; 办完自动打开下一件。办不了的会说明为什么。")
_RAIL = Step("rail", "功能都在左边", "与您有关的页面和等待办理的件数都在这里。")

TOURS: Mapping[str, tuple[Step, ...]] = {
    "agent": (_RAIL, _FIND, _HELP),
    "dispatcher": (_TABS, _ROWS, _PANE),
    "unit_clerk": (_TABS, _ROWS, _PANE),
    "unit_leader": (_TABS, _ROWS, _PANE),
    "reviewer": (_TABS, _ROWS, _PANE),
    "callback": (_TABS, _ROWS, _PANE),
    "supervisor": (_RAIL, _BELL, _HELP),
    "assessor": (_TABS, _ROWS, _HELP),
    "administrator": (_RAIL, _BELL, _HELP),
    "auditor": (_RAIL, _FIND, _HELP),
    "knowledge_editor": (_RAIL, _BELL, _HELP),
}
"""In the order in which a person with several roles is shown them."""


def next_of(roles: Iterable[str], seen: Iterable[str]) -> str:
    """The first role whose tour this person has not been offered, "" where none is left."""
    held, known = set(roles), set(seen)
    return next((role for role in TOURS if role in held and role not in known), "")

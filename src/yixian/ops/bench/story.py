"""What the benchmark's orders say and go through: invented words, and the path of a typical order under one book."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from yixian.lifecycle import Command, Decision, Facts, OrderState, decide, parse
from yixian.rulebook import Library, Rulebook, WorkCalendar

BOOK = "zhuhai"
UNITS = ("water", "housing", "urban", "edu", "eco", "traffic", "civil", "market", "labour", "forest", "port", "health")
CATEGORIES = ("投诉", "求助", "咨询", "建议", "举报")
HOUR = 3600
NONE = Facts()

_PLACES = (
    "翠微西路 188 号",
    "人民东路公交站",
    "中兴中路工地",
    "海澄村",
    "大景园路",
    "凤凰北路",
    "迎宾北路路口",
    "柠溪路",
)
_MATTERS = (
    "小区地下车库连续三天积水, 水深到脚踝, 物业说是市政管网倒灌, 一直没有人来处理",
    "夜里十一点以后工地还在浇筑混凝土, 噪声很大, 已经连续一周, 附近居民无法休息",
    "家里自来水从昨天晚上开始停水, 没有看到停水通知, 供水热线一直打不通",
    "楼道照明坏了半个月, 物业多次推脱, 老人晚上上下楼容易摔倒",
    "餐馆油烟直排居民楼, 开窗就有浓烟味, 之前反映过一次, 整改两天又恢复原样",
    "路口红绿灯损坏两天没有修, 早晚高峰车辆抢行, 存在安全隐患",
    "想了解户口刚迁入半年, 孩子今年入学需要哪些材料, 什么时间办理",
    "公交站没有遮雨棚和座椅, 下雨天老人等车很不方便, 建议增设",
)
_WISHES = ("希望尽快派人处理并回复。", "请核实后告知处理结果。", "请有关部门尽快解决。", "希望能给一个明确的答复时间。")
REPLY = (
    "时间: 接单当日下午。经过: 我局安排两名工作人员到现场核查, 与物业和反映人当面核对情况, 并组织疏通排查。"
    "结果: 问题已经处理, 现场复查恢复正常, 已要求责任单位纳入日常巡查。依据: 《城镇排水与污水处理条例》有关规定。"
)


class Step(msgspec.Struct, frozen=True):
    """One step of the path: the command, its payload, who gives it, and how many hours after the step before."""

    name: str
    by: str
    hours: float
    payload: dict[str, Any] = {}


def text(index: int) -> str:
    """A citizen's words, a little different for each order."""
    place = _PLACES[index % len(_PLACES)]
    matter = _MATTERS[index // 3 % len(_MATTERS)]
    return f"市民来电反映: {place}{index % 97 + 1}栋附近, {matter}。{_WISHES[index // 7 % len(_WISHES)]}"


def register_payload(index: int, phone: int | None = None) -> dict[str, Any]:
    """The payload of a registration. `phone`: the number of an invented caller; without it the caller is anonymous."""
    payload: dict[str, Any] = {
        "category": CATEGORIES[index % 2] if index % 5 else CATEGORIES[index % len(CATEGORIES)],
        "text": text(index),
        "place": _PLACES[index % len(_PLACES)],
        "channel": "phone",
    }
    if phone is not None:
        payload["requester"] = {
            "name": "王丽华",
            "phone": f"139{phone:08d}",
            "address": _PLACES[index % len(_PLACES)],
        }
    return payload


def path(unit: str, index: int = 0) -> tuple[Step, ...]:
    """A typical order from registration to the archive, each command given where the rules accept it."""
    return (
        Step("register", "hotline", 0, register_payload(index)),
        Step("dispatch", "hotline", 1, {"lead": unit}),
        Step("sign", unit, 2),
        Step("contact", unit, 1, {"reached": True, "note": "已与反映人约定次日上午到场。"}),
        Step("reply", unit, 20, {"text": REPLY, "contacted": True, "signed_by": "分管负责人"}),
        Step("pass_review", "hotline", 3),
        Step("evaluate", "hotline", 2, {"level": "满意", "by": "human"}),
        Step("archive", "hotline", 30),
    )


class Rules(msgspec.Struct, frozen=True):
    """The book in force and its calendar."""

    book: Rulebook
    calendar: WorkCalendar


def rules(now: int) -> Rules:
    """The rules that govern an order registered now."""
    library = Library.load()
    day = dt.datetime.fromtimestamp(now, dt.timezone(dt.timedelta(hours=8))).date()
    book = library.version(BOOK, on=day).book
    if book is None:
        raise RuntimeError(f"规则 {BOOK} 在 {day} 没有可用的版本, 不能做性能测试")
    return Rules(book, library.calendar(BOOK))


def commands(unit: str, index: int = 0) -> list[tuple[Command, int]]:
    """The path as commands, each with its moment in seconds after registration."""
    at = 0.0
    found = []
    for step in path(unit, index):
        at += step.hours * HOUR
        found.append((parse(step.name, step.payload, step.by), int(at)))
    return found


def told(known: Rules, steps: list[tuple[Command, int]], start: int, number: str) -> list[tuple[Decision, int]]:
    """Decide the steps one after the other. Raises AssertionError where the book refuses one."""
    state: OrderState | None = None
    decisions = []
    for command, after in steps:
        answer = decide(state, command, known.book, known.calendar, start + after, NONE, number=number)
        if not isinstance(answer, Decision):
            raise AssertionError(f"{command.name}: {answer}")
        state = answer.state
        decisions.append((answer, start + after))
    return decisions

"""A small hotline with orders in many states, made by commands through the door: for page tests and pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from yixian.lifecycle.commands import parse
from yixian.orders import actions, clock, sweep
from yixian.parties import access
from yixian.parties import actions as parties
from yixian.parties.models import Platform, Unit, User

PASSWORD = "seven-rivers-meet"
HOUR, DAY = 3600, 86400
UNITS = {
    "water": ("市水务局", "水务局"),
    "housing": ("市住房和城乡建设局", "住建局"),
    "urban": ("市城市管理局", "城管局"),
    "edu": ("市教育局", "教育局"),
    "eco": ("市生态环境局", "生态环境局"),
    "traffic": ("市交通运输局", "交通局"),
    "xz": ("香洲区人民政府", "香洲区"),
    "police": ("市公安局交通警察支队", "交警支队"),
}
STAFF = {
    "agent": ("陈晓岚", None, ("agent",)),
    "dispatcher": ("林志远", None, ("dispatcher",)),
    "reviewer": ("何敏", None, ("reviewer",)),
    "caller": ("周婷", None, ("callback",)),
    "supervisor": ("郭建平", None, ("supervisor",)),
    "auditor": ("唐静", None, ("auditor",)),
    "water-clerk": ("黄伟强", "water", ("unit_clerk", "unit_leader")),
    "housing-clerk": ("梁素芬", "housing", ("unit_clerk",)),
}
TEXTS = (
    (
        "投诉",
        "小区地下车库连续三天积水, 水深到脚踝, 物业说是市政管网倒灌, 没人处理。希望尽快派人疏通, 车辆进出很危险。",
        "香洲区翠微西路 188 号",
    ),
    ("咨询", "孩子今年九月上小学, 户口刚迁入半年, 想问积分入学的材料和办理时间。", "香洲区"),
    ("求助", "母亲八十二岁独居, 家里自来水从昨天晚上开始停水, 供水热线打不通, 请帮忙联系。", "金湾区三灶镇海澄村"),
    (
        "举报",
        "夜里十一点以后工地还在浇筑混凝土, 噪声很大, 已经连续一周, 附近居民无法休息。",
        "斗门区井岸镇中兴中路工地",
    ),
    ("建议", "建议在人民东路公交站增设遮雨棚和座椅, 老人等车不方便。", "香洲区人民东路"),
    ("投诉", "路口红绿灯损坏两天没有修, 早晚高峰车辆抢行, 存在安全隐患。", "香洲区迎宾北路与梅华路口"),
    ("求助", "楼道照明坏了半个月, 物业多次推脱, 老人晚上上下楼容易摔倒。", "香洲区吉大景园路"),
    ("投诉", "餐馆油烟直排居民楼, 开窗就有浓烟味, 之前反映过一次, 整改两天又恢复原样。", "香洲区凤凰北路"),
)


@dataclass(slots=True)
class Town:
    """What the seed made: platform, units, users, and order numbers by what they show."""

    platform: Platform
    units: dict[str, Unit]
    users: dict[str, User]
    orders: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)


def town(*, book: str = "zhuhai", orders: bool = True, now: int | None = None) -> Town:
    """One city with eight units, a user for each desk and, if wanted, an order for each kind of page."""
    root = parties.create_platform(
        actor=access.SYSTEM, code="harbour", name="珠海市12345政务服务便民热线", level="city", book=book
    )
    units = {
        code: parties.create_unit(actor=access.SYSTEM, platform=root, code=code, name=name, short_name=short)
        for code, (name, short) in UNITS.items()
    }
    users = {
        username: parties.create_user(
            actor=access.SYSTEM,
            platform=root,
            username=username,
            name=name,
            password=PASSWORD,
            unit=units[unit] if unit else None,
            roles=roles,
            must_change_password=False,
        )
        for username, (name, unit, roles) in STAFF.items()
    }
    made = Town(root, units, users)
    if orders:
        _orders(made, clock.now() if now is None else now)
    return made


class Story:
    """One order's life, told by commands at moments."""

    def __init__(self, town: Town, at: int) -> None:
        self.town = town
        self.at = at
        self.number: str | None = None
        self.code = ""

    def give(self, username: str, command: str, after: float = 0, **payload: Any) -> Story:
        """Give a command as this user, `after` hours later."""
        self.at += int(after * HOUR)
        actor = access.actor_of(self.town.users[username])
        outcome = actions.handle(self.number, parse(command, payload), actor, now=self.at)
        self.number = outcome.order_no
        self.code = outcome.query_code or self.code
        return self

    def register(self, text: int, **more: Any) -> Story:
        """Register one of the texts."""
        category, words, place = TEXTS[text]
        more.setdefault("requester", {"name": "王丽华", "phone": f"1380013{8000 + text}", "address": place})
        told = {"category": category, "text": words, "place": place, "channel": "phone", **more}
        return self.give("agent", "register", **told)


def _orders(town: Town, now: int) -> None:
    def story(name: str, hours_ago: float, text: int, **more: Any) -> Story:
        told = Story(town, now - int(hours_ago * HOUR)).register(text, **more)
        town.orders[name], town.codes[name] = str(told.number), told.code
        return told

    reply = (
        "时间: 接单当日。经过: 我局派员到场核查并组织疏通。结果: 积水已排除, 管网已清淤。依据: 城镇排水与污水处理条例。"
    )
    story("new", 0.3, 4)
    story("new2", 1.1, 1, confidential=True)
    story("emergency", 0.2, 2, emergency="event")
    story("unsigned", 5, 6).give("dispatcher", "dispatch", 0.5, lead="housing")
    story("handling", 30, 0).give("dispatcher", "dispatch", 1, lead="water", co=["urban"], mode="lead").give(
        "water-clerk", "sign", 2
    ).give("water-clerk", "contact", 1, reached=True, note="已与诉求人约定明天上午到场。")
    story("second", 54, 5).give("dispatcher", "dispatch", 1, lead="water").give("water-clerk", "sign", 3)
    story("late", 24 * 24, 3).give("dispatcher", "dispatch", 1, lead="water").give("water-clerk", "sign", 4)
    story("returning", 22, 7).give("dispatcher", "dispatch", 1, lead="water").give(
        "water-clerk",
        "request_return",
        4,
        reason="餐饮油烟由城市管理部门负责查处, 不属于本局职责。",
        basis="市城市管理局职能配置规定",
        suggestion="urban",
    )
    story("replied", 50, 0).give("dispatcher", "dispatch", 1, lead="water").give("water-clerk", "sign", 2).give(
        "water-clerk", "contact", 2, reached=True
    ).give("water-clerk", "reply", 6, text=reply, contacted=True, signed_by="分管负责人")
    story("surveying", 60, 6).give("dispatcher", "dispatch", 1, lead="housing").give("housing-clerk", "sign", 2).give(
        "housing-clerk", "reply", 26, text=reply, contacted=True
    ).give("reviewer", "pass_review", 20)
    done = story("closed", 140, 0).give("dispatcher", "dispatch", 1, lead="water").give("water-clerk", "sign", 2)
    done.give("water-clerk", "report_progress", 20, text="已安排抽水车到场, 正在查找倒灌点。").give(
        "water-clerk", "reply", 26, text=reply, contacted=True
    ).give("reviewer", "send_back", 2, defects=["没有写明办理依据"], reason="请补充依据后重新答复").give(
        "water-clerk", "reply", 5, text=reply, contacted=True
    ).give("reviewer", "pass_review", 3).give("caller", "evaluate", 8, level="满意", by="human")
    story("unhappy", 96, 7).give("dispatcher", "dispatch", 1, lead="water").give("water-clerk", "sign", 2).give(
        "water-clerk", "reply", 26, text=reply, contacted=True
    ).give("reviewer", "pass_review", 3).give("caller", "evaluate", 2, level="不满意", by="human")
    sweep.run(now=now)

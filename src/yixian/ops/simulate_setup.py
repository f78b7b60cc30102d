"""The stage of a simulation: a platform of its own under the book asked for, its units, and who speaks there."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from django.db import transaction

from yixian.lifecycle.state import OrderState
from yixian.ops import simulate_store
from yixian.ops.simulate_case import Case
from yixian.ops.simulate_policy import Step
from yixian.parties import access
from yixian.parties import actions as parties
from yixian.parties.access import SYSTEM, Actor
from yixian.parties.models import LEVELS, Platform, Unit

UNITS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("住房和城乡建设局", "government", ("物业", "小区", "房产", "开发商", "拆迁", "房屋", "公积金", "业主")),
    ("城市管理局", "government", ("城管", "摆摊", "垃圾", "占道", "违建", "广告牌", "路灯", "油烟")),
    ("交通运输局", "government", ("公交", "出租车", "客运", "道路", "公路", "地铁", "收费站")),
    ("公安局交通警察支队", "government", ("停车", "红绿灯", "交警", "交通违法", "拥堵", "驾驶证")),
    ("公安局", "government", ("派出所", "户口", "户籍", "报警", "传销", "诈骗", "赌博")),
    ("教育局", "government", ("学校", "教师", "学生", "幼儿园", "小学", "中学", "补课", "招生")),
    ("人力资源和社会保障局", "government", ("工资", "社保", "养老金", "工伤", "劳动", "农民工", "失业")),
    ("卫生健康委员会", "government", ("医院", "医生", "生育", "疫苗", "乡村医生", "药品")),
    ("医疗保障局", "government", ("医保", "新农合", "报销")),
    ("生态环境局", "government", ("污染", "噪音", "噪声", "废气", "扬尘", "异味", "排污")),
    ("自然资源和规划局", "government", ("土地", "征地", "规划", "宅基地", "林地", "采矿")),
    ("市场监督管理局", "government", ("消费", "食品", "价格", "电梯", "营业执照", "假冒", "退款")),
    ("农业农村局", "government", ("农村", "农民", "种粮", "养殖", "村委会")),
    ("水务局", "government", ("水库", "河道", "排水", "内涝", "污水")),
    ("民政局", "government", ("低保", "养老院", "婚姻", "殡葬", "残疾")),
    ("文化旅游体育局", "government", ("旅游", "景区", "网吧", "文化", "体育")),
    ("税务局", "government", ("税", "发票")),
    ("自来水公司", "enterprise", ("自来水", "停水", "水费", "供水")),
    ("供电公司", "enterprise", ("停电", "电费", "电网", "变压器", "供电")),
    ("燃气公司", "enterprise", ("燃气", "天然气", "煤气")),
    ("中心街道办事处", "government", ("街道", "社区", "居委会")),
)
_CATEGORIES = (
    ("咨询", ("咨询", "请问", "询问", "如何办理", "怎么办理", "什么时候")),
    ("举报", ("举报", "传销", "非法", "赌博", "违法")),
    ("建议", ("建议", "希望增", "提议")),
    ("投诉", ("投诉", "不满", "乱收费", "扰民", "拖欠", "违规")),
)
_LEADERS_ONLY = frozenset({"designate", "supervise", "refer", "restrict_caller", "lift_restriction"})


def run_code(*facts: object) -> str:
    """A short code that is the same for the same facts: who continues a run is recognised by it."""
    return hashlib.blake2b("\n".join(map(str, facts)).encode(), digest_size=5).hexdigest()


@transaction.atomic
def stage(book: str, level: str, run: str) -> tuple[Platform, dict[str, Unit]]:
    """The platform of a run and its units by name; made at the first call, found at the next ones."""
    simulate_store.alone(run)
    code = f"sim-{run}"
    level = level if level in LEVELS else "province"  # the nation has no platform of its own
    platform = Platform.objects.filter(code=code).first() or parties.create_platform(
        actor=SYSTEM, code=code, name=f"模拟平台 {run}", level=level, book=book
    )
    units = {unit.name: unit for unit in Unit.objects.filter(platform=platform)}
    for index, (name, kind, _) in enumerate(UNITS, 1):
        if name not in units:
            units[name] = parties.create_unit(
                actor=SYSTEM, platform=platform, code=f"{code}-{index:02d}", name=name, kind=kind
            )
    return platform, units


def category(text: str) -> str:
    """A plain guess at what kind of request a message is, by its words; 求助 where none of them occurs."""
    return next((name for name, words in _CATEGORIES if any(word in text for word in words)), "求助")


def unit_names(text: str, spare: float) -> tuple[str, ...]:
    """The unit whose words occur most often in a message, then two others to whom it may go."""
    counted = [(sum(text.count(word) for word in words), -index) for index, (_, _, words) in enumerate(UNITS)]
    ranked = [UNITS[-index][0] for count, index in sorted(counted, reverse=True) if count]
    ranked = (ranked or [UNITS[-1][0]])[:3]
    at = int(spare * len(UNITS))
    while len(ranked) < 3:
        name = UNITS[at % len(UNITS)][0]
        at += 1
        if name not in ranked:
            ranked.append(name)
    return tuple(ranked)


class PlainCast:
    """The actors of a simulation: the desk, its leader, each unit; requesters and platforms above come by exchange."""

    def registrar(self, case: Case) -> Actor:
        """Messages come in by exchange."""
        return SYSTEM

    def actor(self, case: Case, step: Step, state: OrderState) -> Actor:
        """By whom the step is given."""
        if step.by in ("requester", "upstream", "system"):
            return SYSTEM
        if step.by == "hotline":
            return _desk(case.platform, step.name in _LEADERS_ONLY)
        return _unit(step.by)


@lru_cache(maxsize=64)
def _desk(platform: str, leader: bool) -> Actor:
    return access.actor_for("manager" if leader else "hotline", platform)


@lru_cache(maxsize=512)
def _unit(code: str) -> Actor:
    return access.actor_for("unit", unit=code)

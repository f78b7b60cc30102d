"""What the demo shows between platforms: orders at a station, a matter sent up, batches, published answers."""

from __future__ import annotations

from yixian.lifecycle import parse
from yixian.ops import demo_people
from yixian.orders import actions, attachments, batches, linked, platforms, public_copies, session
from yixian.orders.errors import OrderError
from yixian.parties import access
from yixian.parties import actions as parties
from yixian.parties.access import SYSTEM
from yixian.parties.models import Platform, RoleGrant, Unit, User

HOUR, DAY = 3600, 86400
KEY = "demo-links"
_CLOSED = """
select o.number from orders_order o
where o.platform_id = %s and o.state in ('closed', 'archived') and not o.flags && '{confidential,not_public,withdrawn}'
order by o.registered_at desc limit 4"""
_PLATFORMS = """
select distinct platform_id from parties_rolegrant where role = 'reviewer' order by platform_id limit 20"""
STORIES = (
    ("投诉", "英雄中路人行道地砖破损近百米, 下雨积水, 老人经过容易滑倒, 希望尽快修补。", "路面破损"),
    ("求助", "小区门口路灯已有三天不亮, 晚上接孩子放学看不清路, 请派人检修。", "路灯"),
    ("投诉", "早市占道经营, 消防通道被堵, 垃圾没人清运, 反映过仍未改善。", "占道经营"),
)
ANSWER = "经核实, 路灯线路老化, 已于次日更换并恢复照明, 并把该路段列入每周巡查。感谢您的反映。"
RECORD = "现场查看记录\n时间: 上午九时\n情况: 人行道地砖松动约九十米, 已设置围挡, 安排三日内修补。\n"


def seed(now: int) -> None:
    """Make units that stand for stations, a few linked orders, one sent up, some published answers; once for all."""
    first = (
        Platform.objects.filter(level="station", parent__isnull=False).select_related("parent").order_by("code").first()
    )
    city = first.parent if first is not None else None
    if city is not None:
        stations = _stations(city.code)
        units = [_unit(city.code, station) for station in stations]
        platforms.forget()
        local = _local_unit(stations[0])
        _desk(stations[0])
        for place, story in enumerate(STORIES):
            _story(city.code, units[0].code, local.code, place, story, now)
        _sent_up(city.code, now)
        _handed_over(city.code, now)
    for (platform_id,) in session.fetch(_PLATFORMS):
        _publish(platform_id)


def _stations(code: str) -> list[Platform]:
    return list(Platform.objects.filter(level="station", parent__code=code).order_by("code"))


def _unit(city: str, station: Platform) -> Unit:
    code = f"{station.code}-desk"
    found = Unit.objects.filter(code=code).first()
    return found or parties.create_unit(
        actor=SYSTEM,
        platform=Platform.objects.get(code=city),
        code=code,
        name=station.name,
        short_name=station.name,
        represents=station,
    )


def _local_unit(station: Platform) -> Unit:
    """The department of the county that works under the station."""
    code = f"{station.code}-01"
    name = station.name.removesuffix("工作站") + "住房和城乡建设局"
    found = Unit.objects.filter(code=code).first()
    return found or parties.create_unit(actor=SYSTEM, platform=station, code=code, name=name)


def _desk(station: Platform) -> User:
    """Who works at the station."""
    username = f"{station.code}.dispatcher"
    found = User.objects.filter(username=username).first()
    return found or parties.create_user(
        actor=SYSTEM,
        platform=station,
        username=username,
        name="申晓芸",
        password=demo_people.password(),
        roles=["dispatcher", "reviewer"],
        must_change_password=False,
    )


def _story(city: str, unit: str, local: str, place: int, story: tuple[str, str, str], now: int) -> None:
    """An order of the city dispatched to the station: the first waits there, the others go further."""
    category, text, subject = story
    begun = now - (place + 1) * DAY
    told = {"category": category, "text": text, "subject": subject, "place": "县城新建街", "channel": "phone"}
    above = _give(None, "register", "system", begun, f"{place}", city, **told)
    if above is None:
        return
    _give(above, "dispatch", "hotline", begun + HOUR, f"{place}d", lead=unit)
    below = next((row.number for row in linked.linked(above, SYSTEM)), None)
    if below is None or place == 0:
        return
    _give(below, "dispatch", "hotline", begun + 2 * HOUR, f"{place}b", lead=local)
    _give(below, "sign", local, begun + 3 * HOUR, f"{place}s")
    if place == 1:
        _give(below, "reply", local, begun + 5 * HOUR, f"{place}r", text=ANSWER, contacted=True)
        _give(below, "pass_review", "hotline", begun + 6 * HOUR, f"{place}p")
    else:
        _give(below, "report_progress", local, begun + 5 * HOUR, f"{place}g", text="已现场查看, 正在联系施工队伍。")
        attachments.attach(below, [("现场查看记录.txt", RECORD.encode())], SYSTEM, purpose="report_progress")


def _sent_up(city: str, now: int) -> None:
    """A matter of the province's goes to the province's platform."""
    parent = Platform.objects.filter(code=city).values_list("parent__code", flat=True).first()
    told = {"category": "咨询", "text": "高速公路通行费跨市结算有疑问, 想了解如何申请退费。", "channel": "web"}
    number = _give(None, "register", "system", now - 2 * DAY, "up", city, **told)
    if number is not None and parent:
        _give(number, "transfer", "hotline", now - 2 * DAY + HOUR, "upt", to=parent, reason="属省级职责")


def _give(
    number: str | None, name: str, by: str, at: int, key: str, platform: str | None = None, **payload: object
) -> str | None:
    """One command, given once however often the demo is made; None where the rules refuse it."""
    try:
        command = parse(name, payload, by)
        return actions.handle(number, command, SYSTEM, platform=platform, now=at, key=f"{KEY}-{key}").order_no
    except OrderError:
        return None


def _handed_over(city: str, now: int) -> None:
    """The overdue orders handed to the inspection office."""
    grant = RoleGrant.objects.filter(role="supervisor", platform__code=city).order_by("id").first()
    if grant is not None and not batches.listed(access.actor_of(grant.user)):
        try:
            batches.make(batches.OVERDUE, city, access.actor_of(grant.user), now=now)
        except OrderError:
            return


def _publish(platform_id: int) -> None:
    """Some answers for everybody, released by the platform's reviewer."""
    grant = RoleGrant.objects.filter(role="reviewer", platform_id=platform_id).order_by("id").first()
    if grant is None:
        return
    reviewer = access.actor_of(grant.user)
    for (number,) in session.fetch(_CLOSED, [platform_id]):
        try:
            public_copies.release(number, reviewer)
        except OrderError:
            continue

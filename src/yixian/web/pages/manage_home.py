"""The first page of administration (概况) with what is to be done there, and the platform's settings read together."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from yixian.intake import restrictions
from yixian.orders import attachments, calendar, clock, file_types, platforms
from yixian.parties import organising, passwords, sessions, staffing, tokens
from yixian.parties.errors import Missing
from yixian.parties.models import Platform, Unit, User
from yixian.parties.permission import holds
from yixian.parties.roles import MANAGE, SEE_RESTRICTIONS
from yixian.registers import owing
from yixian.registers.models import Entry
from yixian.rulebook import Rulebook
from yixian.rulemaking import queries as rulemaking
from yixian.web import books, managing
from yixian.web.access import StaffRequest, needs
from yixian.web.managing import managed
from yixian.web.present import moments

SOON = 60  # days before a book's end from which on it is to be seen to
NEXT_YEAR_FROM = 11  # the State Council's notice usually comes in November
MANY = 1000
LINKS = {
    "规则": (("规则书", "/rulebooks/"), ("修订", "/rulebooks/drafts/"), ("推演", "/rulebooks/whatif/")),
    "台账和常用语": (("台账与名录", "/registers/"), ("常用语", "/registers/phrase/")),
    "公众": (("征集与调查", "/campaigns/"), ("公开答复", "/published/")),
}
Line = tuple[int | str, str, str, str]


@require_safe
@needs(MANAGE)
@managed
def home(request: StaffRequest) -> HttpResponse:
    """Every room of administration with what is to be done in it now, counted."""
    found = [
        ("机构", "/manage/tree/", "平台、工作站、分中心和承办单位", _organisation(request)),
        ("人员", "/manage/users/", "账号、角色、锁定和密码", _people(request)),
        ("规则", "/rulebooks/drafts/", "规则书、修订和推演", _rules(request)),
        ("日历", "/manage/calendar/", "工作日、节假日和调休", _calendar(request)),
        ("接口令牌", "/manage/tokens/", "其他系统怎样接进来", _tokens(request)),
        ("台账和常用语", "/registers/", "各类登记、应报事项和常用语", _registers(request)),
        ("公众", "/campaigns/", "征集、调查和限制名单", _public(request)),
        ("日志", "/manage/journal/", "谁在何时做了什么, 可查可导出", []),
    ]
    rooms = [
        {
            "title": title,
            "url": url,
            "what": what,
            "links": LINKS.get(title, ()),
            "todo": [{"count": count, "tone": tone, "words": words, "url": to} for count, tone, words, to in lines],
        }
        for title, url, what, lines in found
    ]
    return managing.page(request, "home", "home.html", {"rooms": rooms})


def _organisation(request: StaffRequest) -> list[Line]:
    units = organising.units(request.actor).filter(is_active=True)
    nobody = units.exclude(Exists(User.objects.filter(unit=OuterRef("pk"), is_active=True)))[:MANY].count()
    unknown = units.filter(phone="", line_24h="")[:MANY].count()
    return _told(
        (nobody, "red", "个单位没有在用的账号", "/manage/tree/"),
        (unknown, "amber", "个单位没有登记电话", "/manage/tree/"),
    )


def _people(request: StaffRequest) -> list[Line]:
    def count(state: str) -> int:
        return staffing.matching(request.actor, staffing.Wanted(state=state))[:MANY].count()

    return _told(
        (count("locked"), "red", "个账号锁定", "/manage/users/?state=locked"),
        (count("initial"), "amber", "个账号没有改初始密码", "/manage/users/?state=initial"),
        (count("never"), "", "个账号从未登录", "/manage/users/?state=never"),
    )


def _rules(request: StaffRequest) -> list[Line]:
    lines: list[Line] = []
    for book in _books(request):
        days = _left(book)
        if days is not None and days <= SOON:
            words = f"天后《{book.document.title}》到期" if days >= 0 else f"天前《{book.document.title}》已到期"
            lines.append((abs(days), "red" if days <= 30 else "amber", words, f"/rulebooks/{book.name}/"))
    waiting = rulemaking.waiting(request.actor)
    return lines + _told((waiting, "amber", "份修订草稿等第二人批准", "/rulebooks/drafts/?status=submitted"))


def _calendar(request: StaffRequest) -> list[Line]:
    today = moments.local(clock.now()).date()
    book = request.user.platform.book
    found = books.calendar(book)
    lines: list[Line] = []
    for year in (today.year, today.year + 1):
        if not found.is_published(year) and (year == today.year or today.month >= NEXT_YEAR_FROM):
            to = f"/manage/calendar/?book={book}&year={year}"
            lines.append(("!", "red" if year == today.year else "amber", f"{year} 年的节假日安排还没有录入", to))
    waiting = calendar.waiting(book) if book and lines else 0
    return lines + _told((waiting, "", "件在办工单的时限因此是暂定的", "/manage/calendar/"))


def _tokens(request: StaffRequest) -> list[Line]:
    def count(state: str) -> int:
        return tokens.matching(request.actor, tokens.Wanted(state=state))[:MANY].count()

    return _told(
        (count("soon"), "amber", "个令牌 30 天内到期", "/manage/tokens/?state=soon"),
        (count("idle"), "", "个令牌半年没有用过", "/manage/tokens/?state=idle"),
    )


def _registers(request: StaffRequest) -> list[Line]:
    place = platforms.of_id(request.user.platform_id)
    now = clock.now()
    owed = [one for one in owing.owed(place, now) if owing.counted(one, None, 0)[0]]
    late = sum(1 for one in owed if now > one.due_at)
    phrases = Entry.objects.filter(platform_id=place.id, kind="phrase", status="valid").count()
    lines = _told(
        (late, "red", "项应报的台账已逾期", "/registers/"), (len(owed) - late, "", "项台账待报", "/registers/")
    )
    return [*lines, (phrases, "", "条常用语", "/registers/phrase/")]


def _public(request: StaffRequest) -> list[Line]:
    if not holds(request.actor, SEE_RESTRICTIONS):
        return []
    ending = len(restrictions.ending_soon(request.actor))
    return _told((ending, "amber", "个限制三天内到期", "/restrictions/?state=soon"))


def _told(*lines: Line) -> list[Line]:
    return [line for line in lines if line[0]]


def _books(request: StaffRequest) -> list[Rulebook]:
    names = sorted({one.book for one in organising.platforms(request.actor)[:5000] if one.book})
    return [book for name in names if (book := books.newest(name)) is not None]


def _left(book: Rulebook) -> int | None:
    """How many days a book still holds; None where it names no end."""
    ends: dt.date | None = book.document.expires.value if book.document.expires else None
    return None if ends is None else (ends - moments.local(clock.now()).date()).days


@require_safe
@needs(MANAGE)
@managed
def settings_page(request: StaffRequest) -> HttpResponse:
    """A platform's names, phone and book, and what the installation decides, read only."""
    code = request.GET.get("at", "") or request.user.platform.code
    try:
        place = organising.platform(request.actor, code)
    except Missing:
        if request.GET.get("at"):
            raise
        found = organising.platforms(request.actor).first()
        if found is None:
            raise
        place = found
    book = books.newest(place.book) if place.book else None
    context = {
        "place": place,
        "facts": _facts(place),
        "book": book,
        "book_left": _said_left(book) if book else "",
        "installed": _installed(),
        "counts": [
            ("平台", Platform.objects.filter(path__startswith=place.path).count()),
            ("承办单位", Unit.objects.filter(platform__path__startswith=place.path, is_active=True).count()),
            ("在用的账号", User.objects.filter(platform__path__startswith=place.path, is_active=True).count()),
        ],
    }
    return managing.page(request, "settings", "settings.html", context)


def _facts(place: Platform) -> list[tuple[str, str]]:
    named = (
        ("名称", place.name),
        ("规范全称", place.full_name or "未填写, 文书上用名称"),
        ("简称", place.short_name or "未填写, 列表里用名称"),
        ("层级", place.get_level_display()),
        ("代码", place.code),
        ("上级平台", place.parent.name if place.parent else "无"),
        ("电话", place.phone or "未填写"),
        ("行政区划代码", place.division_code or "未填写"),
        ("状态", "启用" if place.is_active else "已停用"),
    )
    return list(named)


def _said_left(book: Rulebook) -> str:
    days = _left(book)
    if days is None:
        return "没有载明有效期"
    ends = book.document.expires.value
    return f"有效期至 {ends:%Y 年 %-m 月 %-d 日}, " + (f"还有 {days} 天" if days >= 0 else f"已过 {-days} 天")


def _installed() -> list[tuple[str, str]]:
    """What the environment decides, in words."""
    return [
        ("登录有效", f"{settings.SESSION_COOKIE_AGE // 3600} 小时, 之后须重新登录"),
        ("登录失败", f"连续 {sessions.FAILURES} 次锁定 {int(sessions.LOCKED_FOR.total_seconds()) // 60} 分钟"),
        ("密码", f"至少 {passwords.SHORTEST} 个字符, 不用常见密码"),
        ("附件", _attachments()),
        ("加密连接", "只走 HTTPS" if settings.SESSION_COOKIE_SECURE else "没有开启, 请在对外服务前开启"),
        ("允许的域名", "、".join(settings.ALLOWED_HOSTS)),
        ("时区", f"{settings.TIME_ZONE}, 现在 {timezone.localtime():%Y-%m-%d %H:%M}"),
    ]


def _attachments() -> str:
    size = file_types.MOST_BYTES // 1024 // 1024
    return f"每件工单最多 {attachments.MOST} 个, 每个最大 {size} MB, 加密存放; 可传 {file_types.LISTED}"

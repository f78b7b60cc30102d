"""The demo's stories: who says what, where, when, and what will come of it; every story a function of its index alone.

So a demo with more orders holds all those of a smaller one, and a demo begun again meets the same stories.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import msgspec

from yixian.ops.demo_people import Hotline, data
from yixian.ops.simulate_case import Case, Shares, Traits, chance, traits
from yixian.ops.simulate_hours import DAY, HOUR, local_day, midnight, slot
from yixian.orders import books
from yixian.rulebook import Rulebook

T = TypeVar("T")
SEED = "demo"
SHARES = Shares(late=0.1, interim=0.05, withdrawn=0.015, supervised=0.02, shared=0.08)
_YEAR = 365
_RECENT = 0.13  # share of the last two weeks, so that today's desks have work
_AGAIN = 0.02  # stories that the same person tells again, twice or three times
_CROWD = 0.008  # stories that five people tell
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_GIVEN = ("建国", "秀英", "志强", "丽", "伟", "桂兰", "军", "敏", "海燕", "明", "婷婷", "鹏", "玉珍", "浩", "雪", "磊",
          "春梅", "勇", "佳怡", "涛", "淑华", "杰", "晓东", "红", "建华", "静", "斌", "凤英", "宇", "欣")  # fmt: skip
_FIRMS = ("启航商贸", "远景建材", "蓝田餐饮", "众诚机电", "新禾农业", "安达物流", "博文教育咨询", "鼎盛装饰")
_HOURS = (7, 8, 8, 9, 9, 9, 9, 10, 10, 10, 10, 11, 11, 12, 13, 14, 14, 14, 15, 15, 15, 16, 16, 17, 18, 19, 20, 21, 22)


class Story(msgspec.Struct):
    """One story in the making."""

    key: str
    index: int
    hotline: Hotline
    book: Rulebook
    at: int
    topic: dict[str, Any]
    category: str

    def chance(self, question: str) -> float:
        """A number from 0 to below 1."""
        return chance(SEED, self.key, question)

    def pick(self, question: str, values: Sequence[T]) -> T:
        """One of the values."""
        return values[int(self.chance(question) * len(values))]


def stories(hotlines: list[Hotline], count: int, until: int) -> list[Case]:
    """So many cases before `until`, in order of time."""
    found: list[Case] = []
    index = 0
    while len(found) < count:
        found += _told(hotlines, index, until)
        index += 1
    return sorted(found[:count], key=lambda case: (case.at, case.key))


def _told(hotlines: list[Hotline], index: int, until: int) -> Iterator[Case]:
    story = _story(hotlines, index, until)
    root = _case(story, story.key, story.at, story.key, None)
    yield root
    luck = story.chance("told again")
    if luck < _AGAIN and not _refuses_repeats(story.book):
        for time in range(1, 3 + (luck < _AGAIN / 3)):
            at = story.at + int(DAY * (6 * time + 4 * story.chance(f"again {time}")))
            if at < until:
                yield _case(story, f"{story.key}.{time}", at, story.key, story.key)
    elif luck < _AGAIN + _CROWD:
        for other in range(1, 5):
            at = story.at + int(HOUR * (3 * other + 8 * story.chance(f"crowd {other}")))
            if at < until:
                yield _case(story, f"{story.key}.{other}", at, f"{story.key}.{other}", story.key)


def _refuses_repeats(book: Rulebook) -> bool:
    return any(rule.when == "same_fact_same_reason" and rule.do == "refuse" for rule in book.intake.duplicate)


def _story(hotlines: list[Hotline], index: int, until: int) -> Story:
    key = f"{index}"
    weights = [int(hotline.facts["weight"]) for hotline in hotlines]
    hotline = hotlines[_weighted(chance(SEED, key, "where"), weights)]
    at = _moment(key, until)
    day = local_day(at)
    book = books.in_force(hotline.platform.book, day)
    topic, category = _topic(key, hotline.code, book, day.month)
    return Story(key, index, hotline, book, at, topic, category)


def _weighted(luck: float, weights: Sequence[int]) -> int:
    left = luck * sum(weights)
    for place, weight in enumerate(weights):
        left -= weight
        if left < 0:
            return place
    return len(weights) - 1


def _moment(key: str, until: int) -> int:
    """Some time in the year before: fewer at weekends and at night."""
    recent = chance(SEED, key, "recent") < _RECENT
    back = chance(SEED, key, "day") * (14 if recent else _YEAR)
    day = local_day(until) - dt.timedelta(days=int(back))
    if day.weekday() >= 5 and chance(SEED, key, "weekend") < 0.5:
        day -= dt.timedelta(days=day.weekday() - 4)
    hour = _HOURS[int(chance(SEED, key, "hour") * len(_HOURS))]
    at = midnight(day) + hour * HOUR + int(chance(SEED, key, "minute") * HOUR)
    return slot(at if at < until - HOUR else at - DAY)


def _topic(key: str, code: str, book: Rulebook, month: int) -> tuple[dict[str, Any], str]:
    topics = data("topics")["topics"]
    for attempt in range(20):
        topic = topics[int(chance(SEED, key, f"topic {attempt}") * len(topics))]
        if month not in topic.get("months", (month,)) or code not in topic.get("only", (code,)):
            continue
        kinds = [found for kind in topic["kinds"] if (found := _known(kind, book))]
        business = _known("营商环境投诉", book)
        if topic.get("business") and business and chance(SEED, key, "business") < 0.6:
            kinds = [business]
        if kinds:
            return topic, kinds[int(chance(SEED, key, f"kind {attempt}") * len(kinds))]
    topic = topics[0]
    return topic, _known(topic["kinds"][0], book) or "投诉"


def _known(kind: str, book: Rulebook) -> str | None:
    words = book.categories.value if book.categories else ()
    if kind in words:
        return kind
    return next((word for word in words if word.endswith(kind) and kind == "建议"), None)


# --- a story as a case --------------------------------------------------------------------------------------------


def _case(story: Story, key: str, at: int, person: str, after: str | None) -> Case:
    channel, source = _channel(story, key)
    emergency = _emergency(story) if after is None else None
    place = story.pick("place", story.hotline.facts["places"])
    register: dict[str, Any] = {
        "category": story.category,
        "text": _text(story, key, place, again=after is not None and person == after),
        "channel": channel,
        "source": source,
        "subject": story.topic["subject"],
        "place": place,
        "domain": story.topic["domain"],
        "emergency": emergency,
        "confidential": story.chance("secret") < 0.02 and story.category in ("举报", "投诉"),
        "unclear": channel != "phone" and chance(SEED, key, "unclear") < SHARES.unclear * 2,
        "requester": _person(story, person),
        "nature": "执法办案" if story.category == "举报" and story.chance("nature") < 0.05 else None,
    }
    if channel == "transfer":
        sent = dt.datetime.fromtimestamp(at - 1200 - int(1800 * story.chance("sent")), dt.UTC) + dt.timedelta(hours=8)
        register["received_from"] = {
            "platform": source,
            "no": f"SJ{sent:%Y%m%d}{story.index:05d}{key.partition('.')[2]}",
            "dispatched_at": sent.strftime("%Y-%m-%dT%H:%M"),
        }
    return Case(
        key=key,
        seed=SEED,
        at=slot(at),
        platform=story.hotline.code,
        register={name: value for name, value in register.items() if value not in (None, False)},
        by={"phone": "hotline", "transfer": "upstream"}.get(channel, "requester"),
        units=_units(story),
        traits=_traits(story, key, after, emergency),
        after=after,
        topic=f"{place}{story.topic['subject']}问题",
    )


def _traits(story: Story, key: str, after: str | None, emergency: Any) -> Traits:
    found = traits(SEED, key, SHARES, story.category)
    if after is not None or emergency:
        # Those who tell it again, and emergencies, are handled; the first of a chain leads, the next may be ended.
        found = msgspec.structs.replace(found, ending="handled", withdrawn=False, convened=False, returned="")
    return found


def _channel(story: Story, key: str) -> tuple[str, str]:
    rows = story.hotline.facts["channels"]
    channel, source, _ = rows[_weighted(chance(SEED, key, "channel"), [row[2] for row in rows])]
    return channel, source


def _emergency(story: Story) -> Any:
    if not story.topic.get("urgent") or story.chance("emergency") > 0.35:
        return None
    tiers = [row.tier for row in story.book.emergency]
    return story.pick("tier", tiers) if tiers else True


def _text(story: Story, key: str, place: str, *, again: bool) -> str:
    """The story's sentence; each one who tells it fills it in their own way."""
    words = data("topics")
    filled = {
        blank: words[blank][int(chance(SEED, key, blank) * len(words[blank]))]
        for blank in ("since", "when", "wish", "ask")
    }
    text = story.pick("text", story.topic["texts"]).format(place=place, **filled)
    return f"再次反映: {text}" if again else text


def _person(story: Story, person: str) -> dict[str, Any]:
    if chance(SEED, person, "anonymous") < 0.06:
        return {"anonymous": True}
    # Some people call more than once a year: one in ten shares a number with others of the same ten.
    owner = f"regular {int(chance(SEED, person, 'who') * 40)}" if chance(SEED, person, "regular") < 0.1 else person
    surname = _SURNAMES[int(chance(SEED, owner, "surname") * len(_SURNAMES))]
    given = _GIVEN[int(chance(SEED, owner, "given") * len(_GIVEN))]
    found: dict[str, Any] = {
        "name": surname + given,
        "phone": f"1990000{int(chance(SEED, owner, 'phone') * 10**4):04d}",
        "type": "person",
    }
    if story.topic.get("petitioner") == "enterprise" or chance(SEED, owner, "firm") < 0.05:
        firm = _FIRMS[int(chance(SEED, owner, "which firm") * len(_FIRMS))]
        found |= {"name": f"{firm}公司 {surname}经理", "type": "enterprise"}
    return found


def _units(story: Story) -> tuple[str, ...]:
    """The right unit, then those to whom it may wrongly or additionally go."""
    duties = story.hotline.duties
    wanted: list[str] = []
    for duty in [*story.topic["who"], "street", "city", "market"]:
        codes = duties.get(duty, [])
        if codes:
            wanted.append(codes[int(story.chance(f"unit {duty}") * len(codes))])
    return tuple(dict.fromkeys(wanted))[:3]

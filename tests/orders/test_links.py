"""Orders of two platforms joined: opened, both clocks running, answers up, decisions down, nothing lost or repeated."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from yixian.lifecycle import OrderState, parse
from yixian.orders import actions, audit, books, clock, linked, linkrows, platforms, queries, rebuild, store, sweep
from yixian.orders.errors import BadInput, Denied, NotFound, Refused, Unavailable
from yixian.orders.models import Event, Link
from yixian.orders.outcome import Item, Outcome
from yixian.parties import access
from yixian.parties.models import Platform, Unit

from .conftest import START, _user

HOUR, DAY = 3600, 86400
ASKED = "小区门口路灯已有三天不亮, 夜间行人较多"
ANSWER = "经核实, 路灯线路老化, 已于十月十一日更换并恢复照明, 依据城市照明管理规定办理。"
STATION, COUNTY, LAMPS, CITY_ROADS = "潞州工作站", "乐至县热线", "潞州住建局", "市住建局"


@dataclass
class Tree:
    """Shanxi over Changzhi with its station in Luzhou; Ziyang over Lezhi."""

    at: dict[str, Platform]

    def register(self, platform: str, *, now: int = START, **fields: Any) -> str:
        told = {"category": "投诉", "channel": "phone", "text": ASKED, "requester": {"phone": "13800138000"}} | fields
        return actions.handle(None, parse("register", told), access.SYSTEM, platform=platform, now=now).order_no

    def give(self, number: str, name: str, by: str = "hotline", *, now: int = START, **payload: Any) -> Outcome:
        return actions.handle(number, parse(name, payload, by), access.SYSTEM, now=now)

    def to_station(self, **fields: Any) -> tuple[str, str]:
        above = self.register("changzhi", **fields)
        self.give(above, "dispatch", lead=STATION, now=START + HOUR)
        return above, below(above)

    def to_county(self, **fields: Any) -> tuple[str, str]:
        above = self.register("ziyang", **fields)
        self.give(above, "dispatch", lead=COUNTY, now=START + HOUR)
        return above, below(above)

    def handled(self, number: str, unit: str = LAMPS, *, now: int = START + 2 * HOUR) -> None:
        self.give(number, "dispatch", lead=unit, now=now)
        self.give(number, "sign", unit, now=now + 60)


def state(number: str) -> OrderState:
    order = store.load(number)
    assert order is not None
    assert order.state is not None
    return order.state


def below(above: str) -> str:
    """The newest order opened for this one."""
    order = store.load(above)
    assert order is not None
    found = store.load_id(max(link.to_order for link in linkrows.of(order.id).opened))
    assert found is not None
    return found.number


def kinds(number: str) -> list[str]:
    order = store.load(number)
    assert order is not None
    return list(Event.objects.filter(order_id=order.id).order_by("seq").values_list("kind", flat=True))


def told(number: str, kind: str) -> list[dict[str, Any]]:
    """What `relay` recorded on an order."""
    order = store.load(number)
    assert order is not None
    rows = Event.objects.filter(order_id=order.id, kind="relayed").order_by("seq").values_list("data", flat=True)
    return [row for row in rows if row["kind"] == kind]


def all_is_derived() -> None:
    assert rebuild.run().differences == []
    assert audit.verify().breaks == []


def grown() -> Tree:
    """The tree in the database."""
    at: dict[str, Platform] = {}
    for code, name, level, path, book, parent in (
        ("shanxi", "山西省12345热线", "province", "shanxi/", "national", None),
        ("changzhi", "长治市12345热线", "city", "shanxi/changzhi/", "changzhi", "shanxi"),
        ("luzhou", "潞州区工作站", "station", "shanxi/changzhi/~luzhou/", "changzhi", "changzhi"),
        ("ziyang", "资阳市12345政务服务便民热线", "city", "ziyang/", "national", None),
        ("lezhi", "乐至县12345热线", "county", "ziyang/lezhi/", "lezhi", "ziyang"),
        ("zhuhai", "珠海市12345热线", "city", "zhuhai/", "zhuhai", None),
        ("empty", "没有规则的平台", "city", "empty/", "", None),
    ):
        at[code] = Platform.objects.create(
            code=code, name=name, level=level, path=path, book=book, parent=at.get(parent or "")
        )
    for code, platform, stands in (
        (STATION, "changzhi", "luzhou"),
        (CITY_ROADS, "changzhi", None),
        (LAMPS, "luzhou", None),
        (COUNTY, "ziyang", "lezhi"),
        ("乐至住建局", "lezhi", None),
    ):
        Unit.objects.create(
            code=code, name=code, platform=at[platform], path=f"{code}/", search="", represents=at.get(stands or "")
        )
    platforms.forget()
    return Tree(at)


@pytest.fixture
def tree(db: None) -> Tree:
    """The tree inside the test's transaction."""
    return grown()


@pytest.fixture
def shared_tree(transactional_db: None) -> Tree:
    """The tree committed, so that other connections see it."""
    return grown()


# --- opening -------------------------------------------------------------------------------------------------------


def test_dispatch_to_a_station_opens_an_order_of_the_station_and_both_clocks_run(tree: Tree) -> None:
    above, number = tree.to_station(subject="路灯", place="潞州区英雄路")
    found = state(number)
    assert store.load(number).platform_id == tree.at["luzhou"].pk
    assert (found.upstream_platform, found.upstream_no) == ("长治市12345热线", above)
    assert found.upstream_dispatched == START + HOUR
    assert (found.text, found.subject, found.place, found.source) == (ASKED, "路灯", "潞州区英雄路", "长治市12345热线")
    assert found.requester == state(above).requester
    assert (state(above).state, state(above).lead) == ("dispatched", STATION)
    assert [clock.name for clock in state(above).clocks if clock.running]
    assert "linked" in state(above).flags
    all_is_derived()


def test_a_transfer_to_a_platform_here_opens_its_order_by_code_or_name(tree: Tree) -> None:
    for word in ("shanxi", "山西省12345热线"):
        number = tree.register("changzhi", category="投诉")
        tree.give(number, "transfer", to=word, reason="省级职责", now=START + HOUR)
        opened = state(below(number))
        assert state(number).state == "transferred"
        assert (opened.state, opened.book, opened.upstream_no) == ("registered", "national", number)
        assert opened.upstream_dispatched == START + HOUR
    all_is_derived()


def test_a_unit_that_stands_for_a_closed_platform_keeps_the_order(tree: Tree) -> None:
    Platform.objects.filter(code="luzhou").update(is_active=False)
    platforms.forget()
    number = tree.register("changzhi")
    tree.give(number, "dispatch", lead=STATION, now=START + HOUR)
    order = store.load(number)
    assert order is not None
    assert linkrows.of(order.id).opened == ()
    assert state(number).state == "dispatched"


def test_rules_that_cannot_be_read_below_do_not_stop_the_dispatch_above(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = tree.register("changzhi")
    known = books.in_force

    def broken(name: str, day: object) -> object:
        if links_at_work:
            raise Unavailable("规则 changzhi 有错误, 请规则管理员改正")
        return known(name, day)  # type: ignore[arg-type]

    links_at_work = True
    monkeypatch.setattr(books, "in_force", broken)
    tree.give(number, "dispatch", lead=STATION, now=START + HOUR)
    links_at_work = False
    assert state(number).state == "dispatched"
    assert [row["refused"] for row in told(number, "notice")] == ["规则 changzhi 有错误, 请规则管理员改正"]


def test_what_one_platform_could_not_do_here_is_not_told_to_another(tree: Tree) -> None:
    above, number = tree.to_station()
    other = parse(
        "relay", {"from_no": "别处工单", "kind": "progress", "text": "别处的话", "refused": "已办结"}, "system"
    )
    actions.handle(number, other, access.SYSTEM, now=START + 2 * HOUR)
    mine = parse("relay", {"from_no": above, "kind": "notice", "text": "上级催办", "refused": "已办结"}, "system")
    actions.handle(number, mine, access.SYSTEM, now=START + 2 * HOUR)
    (shown,) = linked.linked(above, access.SYSTEM)
    assert shown.refused == (("上级催办", "已办结"),)
    assert {text for text, _ in linked.stuck(number, access.SYSTEM)} == {"别处的话", "上级催办"}


def test_a_transfer_to_a_platform_elsewhere_stays_a_transfer(tree: Tree) -> None:
    for word in ("河南省12345热线", "没有规则的平台"):
        number = tree.register("changzhi")
        tree.give(number, "transfer", to=word)
        assert state(number).state == "transferred"
    assert not Link.objects.exists()


def test_no_order_is_transferred_to_its_own_platform(tree: Tree) -> None:
    number = tree.register("changzhi")
    with pytest.raises(BadInput, match="不能转给自己"):
        tree.give(number, "transfer", to="changzhi")
    assert kinds(number) == ["registered"]


def test_a_transfer_the_other_platform_may_not_take_is_no_transfer(tree: Tree) -> None:
    tree.at["lezhi"].book = "zhuhai"
    tree.at["lezhi"].save()
    platforms.forget()
    early = START - 60 * DAY  # before this book came into force
    number = tree.register("ziyang", now=early)
    with pytest.raises(Refused):
        tree.give(number, "transfer", to="lezhi", now=early + 60)
    assert state(number).state == "registered"
    assert not Link.objects.exists()


def test_a_dispatch_that_the_station_may_not_take_stays_with_its_unit_and_says_so(tree: Tree) -> None:
    tree.at["lezhi"].book = "zhuhai"
    tree.at["lezhi"].save()
    platforms.forget()
    early = START - 60 * DAY
    number = tree.register("ziyang", now=early)
    tree.give(number, "dispatch", lead=COUNTY, now=early + 60)
    assert (state(number).state, state(number).lead) == ("dispatched", COUNTY)
    assert "施行" in told(number, "notice")[0]["refused"]
    all_is_derived()


def test_the_source_is_named_as_the_receiving_book_names_it_and_secrecy_goes_along(tree: Tree) -> None:
    _, number = tree.to_county(confidential=True)
    assert state(number).source == "资阳市12345政务服务便民热线"
    assert "confidential" in state(number).flags


@pytest.mark.parametrize(
    ("word", "becomes", "unverified"),
    [("投诉", "投诉", False), ("意见建议", "建议", False), ("表扬", "建议", True), ("生活缴费", "求助", True)],
)
def test_a_category_becomes_the_nearest_of_the_receiving_book(
    tree: Tree, word: str, becomes: str, unverified: bool
) -> None:
    from yixian.orders import books, categories

    book = books.in_force("changzhi", books.local_day(START))
    assert categories.mapped(word, book) == (becomes, not unverified)


def test_a_category_without_its_like_is_told_and_marked_to_be_verified(tree: Tree) -> None:
    above = tree.register("zhuhai", category="表扬")
    tree.give(above, "transfer", to="changzhi")
    number = below(above)
    assert state(number).category == "建议"
    assert "unverified" in state(number).flags
    assert "表扬" in told(number, "received")[0]["text"]


def test_a_co_handling_station_gets_its_order_and_its_answer_is_an_opinion(tree: Tree) -> None:
    above = tree.register("changzhi")
    tree.give(above, "dispatch", lead=CITY_ROADS, co=[STATION], mode="lead")
    number = below(above)
    tree.give(above, "sign", CITY_ROADS)
    tree.handled(number)
    tree.give(number, "reply", LAMPS, text=ANSWER, contacted=True, now=START + 3 * HOUR)
    tree.give(number, "pass_review", now=START + 4 * HOUR)
    assert "opinion_submitted" in kinds(above)
    assert state(above).state == "handling"


# --- upward --------------------------------------------------------------------------------------------------------


def test_what_the_station_does_is_done_above_by_its_unit_up_to_the_answer(tree: Tree) -> None:
    above, number = tree.to_station()
    tree.give(number, "dispatch", lead=LAMPS, now=START + 2 * HOUR)
    assert state(above).state == "handling", "派单即受理, 上级工单由工作站签收"
    tree.give(number, "sign", LAMPS, now=START + 3 * HOUR)
    tree.give(number, "report_progress", LAMPS, text="已到现场查看", now=START + 4 * HOUR)
    tree.give(number, "reply", LAMPS, text=ANSWER, contacted=True, now=START + 5 * HOUR)
    assert state(above).state == "handling", "下级未审核的答复不回流"
    tree.give(number, "pass_review", now=START + 6 * HOUR)
    assert state(above).state == "replied"
    assert kinds(above) == [
        *("registered", "dispatched", "relayed", "signed", "progress_reported", "replied"),
    ]
    events = queries.timeline(above, access.SYSTEM)
    assert (events[-1].by, events[-1].data["text"], events[-1].data["from_no"]) == (STATION, ANSWER, number)
    all_is_derived()


def test_an_immediate_answer_below_signs_and_answers_above(tree: Tree) -> None:
    above, number = tree.to_station(category="咨询")
    tree.give(number, "answer", text="请携带身份证到政务大厅三楼办理。", now=START + 2 * HOUR)
    assert kinds(above)[-2:] == ["signed", "replied"]


def test_what_is_not_accepted_below_is_asked_back_above(tree: Tree) -> None:
    above, number = tree.to_station()
    tree.give(number, "decline", ground="litigation_related", now=START + 2 * HOUR)
    pending = state(above).pending_of("return")
    assert pending is not None
    assert "涉诉" in pending.data["reason"]
    assert "changzhi" not in pending.data["basis"]


def test_words_too_long_for_a_note_do_not_stop_the_decision(tree: Tree) -> None:
    above, number = tree.to_station()
    tree.handled(number)
    tree.give(number, "reply", LAMPS, text=ANSWER, contacted=True, now=START + 3 * HOUR)
    tree.give(number, "pass_review", now=START + 4 * HOUR)
    tree.give(above, "send_back", defects=["没有说明" * 500] * 12, now=START + 5 * HOUR)
    assert len(told(below(above), "returned")[0]["text"]) == 20_000


def test_a_return_approved_above_ends_the_order_below(tree: Tree) -> None:
    above, number = tree.to_station()
    tree.handled(number)
    tree.give(above, "request_return", STATION, reason="试", basis="试", suggestion="试", now=START + 3 * HOUR)
    tree.give(above, "approve_return", redispatch_to=CITY_ROADS, now=START + 4 * HOUR)
    assert state(number).state == "closed"
    assert "withdrawn" in state(number).flags
    assert state(above).lead == CITY_ROADS
    all_is_derived()


def test_the_answer_to_a_transferred_order_comes_back_and_the_person_can_read_it(tree: Tree) -> None:
    number = tree.register("changzhi")
    code = queries_code(number)
    tree.give(number, "transfer", to="shanxi")
    opened = below(number)
    tree.give(opened, "answer", text=ANSWER, now=START + HOUR)
    assert state(number).state == "transferred"
    assert told(number, "answer")[0]["text"] == ANSWER
    with clock.use(START + 2 * HOUR):
        assert queries.progress(number, code).reply == ANSWER
    all_is_derived()


def queries_code(number: str) -> str:
    from yixian.orders import numbers

    return numbers.query_code(number)


def test_a_timer_that_closes_below_is_told_above_by_the_sweep_once(tree: Tree) -> None:
    above, number = tree.to_county()
    tree.handled(number, "乐至住建局")
    before = kinds(above)
    sweep.run(START + 60 * DAY)
    sweep.run(START + 60 * DAY)
    assert kinds(above).count("relayed") == before.count("relayed")
    assert "late" in kinds(number)
    all_is_derived()


# --- downward ------------------------------------------------------------------------------------------------------


def test_supplements_and_urges_above_reach_the_order_below_once(tree: Tree) -> None:
    above, number = tree.to_station()
    tree.give(above, "supplement", "requester", text="又有两盏不亮了", now=START + 2 * HOUR)
    tree.give(above, "urge", "requester", now=START + 3 * HOUR)
    assert (kinds(number).count("supplemented"), kinds(number).count("urged")) == (1, 1)
    assert (kinds(above).count("supplemented"), kinds(above).count("urged")) == (1, 1)
    tree.give(number, "urge", "requester", now=START + 4 * HOUR)
    assert kinds(above).count("urged") == 1, "下级收到的催办不回到上级"


def test_an_answer_sent_back_above_opens_the_matter_below_again(tree: Tree) -> None:
    above, number = tree.to_station()
    tree.handled(number)
    tree.give(number, "reply", LAMPS, text=ANSWER, contacted=True, now=START + 3 * HOUR)
    tree.give(number, "pass_review", now=START + 4 * HOUR)
    assert state(above).state == "replied"
    tree.give(above, "send_back", defects=["没有答复何时更换"], now=START + 5 * HOUR)
    again = below(above)
    assert again != number
    assert state(again).same_as == number
    assert "没有答复何时更换" in told(again, "returned")[0]["text"]
    tree.handled(again, now=START + 6 * HOUR)
    tree.give(again, "reply", LAMPS, text=ANSWER, contacted=True, now=START + 7 * HOUR)
    tree.give(again, "pass_review", now=START + 8 * HOUR)
    assert state(above).state == "replied"
    all_is_derived()


def test_an_extension_that_both_levels_must_agree_to_goes_up_and_the_decision_comes_down(tree: Tree) -> None:
    tree.at["ziyang"].book = "zhuhai"  # a book that knows extensions
    tree.at["ziyang"].save()
    platforms.forget()
    above, number = tree.to_county()
    tree.handled(number, "乐至住建局")
    tree.give(number, "request_extension", "乐至住建局", reason="需跨河施工", length="2wd", now=START + 4 * HOUR)
    tree.give(number, "approve_extension", now=START + 5 * HOUR)
    assert state(above).pending_of("extension") is not None
    due = next(item.due for item in state(number).clocks if item.name == "reply")
    assert state(above).pending_of("extension").data["length"] == "10wd"
    tree.give(above, "approve_extension", now=START + 6 * HOUR)
    assert "extension_approved" in kinds(number)
    assert next(item.due for item in state(number).clocks if item.name == "reply") > due
    assert state(number).pending_of("extension") is None
    all_is_derived()


def test_a_withdrawal_above_ends_the_order_below(tree: Tree) -> None:
    above, number = tree.to_station()
    tree.give(above, "withdraw", "requester", reason="已经修好了", now=START + 2 * HOUR)
    assert (state(above).state, state(number).state) == ("closed", "closed")
    assert kinds(above).count("withdrawn") == 1


def test_what_is_refused_below_is_recorded_there(tree: Tree) -> None:
    above, number = tree.to_station()
    tree.give(number, "decline", ground="litigation_related", now=START + 2 * HOUR)
    tree.give(above, "supplement", "requester", text="还有一处", now=START + 3 * HOUR)
    assert told(number, "notice")[-1]["text"] == "还有一处"
    assert told(number, "notice")[-1]["refused"]


# --- the door ------------------------------------------------------------------------------------------------------


def test_the_same_key_again_does_nothing_on_either_side(tree: Tree) -> None:
    above = tree.register("changzhi")
    command = parse("dispatch", {"lead": STATION})
    first = actions.handle(above, command, access.SYSTEM, key="k", now=START)
    again = actions.handle(above, command, access.SYSTEM, key="k", now=START)
    assert again.replayed
    assert [event.kind for event in again.events] == [event.kind for event in first.events]
    assert Link.objects.count() == 1


def test_many_commands_at_once_link_as_one_by_one(tree: Tree) -> None:
    numbers = [tree.register("changzhi") for _ in range(3)]
    given = [Item(number, parse("dispatch", {"lead": STATION})) for number in numbers]
    assert all(isinstance(item, Outcome) for item in actions.handle_many(given, access.SYSTEM, START))
    assert Link.objects.count() == 3
    all_is_derived()


def test_three_levels_pass_on_what_concerns_them(tree: Tree) -> None:
    city = Unit.objects.create(
        code="长治市热线", name="长治市热线", platform=tree.at["shanxi"], path="长治市热线/", search="",
        represents=tree.at["changzhi"],
    )  # fmt: skip
    platforms.forget()
    top = tree.register("shanxi")
    tree.give(top, "dispatch", lead=city.code, now=START)
    middle = below(top)
    tree.give(middle, "dispatch", lead=STATION, now=START + HOUR)
    bottom = below(middle)
    assert state(top).state == "handling"
    tree.give(top, "urge", "requester", now=START + 2 * HOUR)
    assert kinds(bottom).count("urged") == 1
    tree.give(top, "withdraw", "requester", now=START + 4 * HOUR)
    assert {state(number).state for number in (top, middle, bottom)} == {"closed"}
    all_is_derived()


def test_a_rebuild_puts_a_lost_link_back(tree: Tree) -> None:
    above, number = tree.to_station()
    Link.objects.all().delete()
    assert {item.what for item in rebuild.run().differences} == {"关联工单"}
    rebuild.run(repair=True)
    assert below(above) == number
    all_is_derived()


def test_staff_of_the_station_see_their_order_and_not_the_one_above(tree: Tree) -> None:
    above, number = tree.to_station()
    clerk = access.actor_of(_user("lz", tree.at["luzhou"], "dispatcher"))
    assert queries.detail(number, clerk).number == number
    with pytest.raises(NotFound):
        queries.detail(above, clerk)


# --- what people see and do ----------------------------------------------------------------------------------------


def test_both_sides_show_each_other_with_state_and_limit_and_no_words(tree: Tree) -> None:
    above, number = tree.to_station()
    tree.handled(number)
    city = access.actor_of(_user("city", tree.at["changzhi"], "dispatcher"))
    station = access.actor_of(_user("lz", tree.at["luzhou"], "dispatcher"))
    (down,) = linked.linked(above, city)
    assert (down.direction, down.number, down.state_title, down.readable) == ("转至", number, "办理中", True)
    (up,) = linked.linked(number, station)
    assert (up.direction, up.number, up.platform_name, up.readable) == ("来自", above, "长治市12345热线", False)
    assert ASKED not in str(up)


def test_the_station_asks_above_in_its_units_voice_and_the_log_names_the_person(tree: Tree) -> None:
    above, number = tree.to_station()
    tree.handled(number)
    person = _user("lz", tree.at["luzhou"], "dispatcher")
    actor = access.actor_of(person)
    assert "request_return" in linked.asks(number, actor)
    linked.ask_above(number, "request_return", {"reason": "路灯属市管道路"}, actor, now=START + 3 * HOUR)
    assert state(above).pending_of("return").by == STATION
    order = store.load(above)
    event = Event.objects.get(order_id=order.id, kind="return_requested")
    assert (event.by, event.actor_user) == (STATION, person.pk)
    tree.give(above, "refuse_return", reason="按属地办理", now=START + 4 * HOUR)
    assert "按属地办理" in told(number, "notice")[-1]["text"]


def test_nobody_else_asks_above(tree: Tree) -> None:
    above, number = tree.to_station()
    tree.handled(number)
    clerk = access.actor_of(_user("lamps", tree.at["luzhou"], "unit_clerk", Unit.objects.get(code=LAMPS)))
    agent = access.actor_of(_user("agent", tree.at["luzhou"], "agent"))
    for actor in (clerk, agent):
        assert linked.asks(number, actor) == []
        with pytest.raises(Denied):
            linked.ask_above(number, "request_return", {"reason": "试"}, actor, now=START + 3 * HOUR)
    outside = access.actor_of(_user("zy", tree.at["ziyang"], "dispatcher"))
    with pytest.raises(NotFound):
        linked.ask_above(number, "request_return", {"reason": "试"}, outside, now=START + 3 * HOUR)
    assert state(above).pending_of("return") is None


def test_both_sides_acting_at_once_lose_and_double_nothing(shared_tree: Tree, in_thread: Any) -> None:
    tree = shared_tree
    above, number = tree.to_station()
    tree.handled(number)
    acts = [
        *[lambda: tree.give(above, "urge", "requester", now=START + 4 * HOUR)] * 4,
        *[lambda: tree.give(number, "report_progress", LAMPS, text="正在更换", now=START + 4 * HOUR)] * 4,
    ]
    with ThreadPoolExecutor(8) as pool:
        done = [answer for answer in pool.map(in_thread, acts) if isinstance(answer, Outcome)]
    urges = sum(answer.order_no == above for answer in done)
    assert urges
    assert len(done) > urges
    assert (kinds(above).count("urged"), kinds(number).count("urged")) == (urges, urges)
    assert kinds(above).count("progress_reported") == kinds(number).count("progress_reported") == len(done) - urges
    all_is_derived()

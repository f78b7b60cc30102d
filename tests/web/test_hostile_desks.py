"""What hostile and clumsy people try at desks, lists and portal: nobody learns what is not theirs, nothing breaks."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from tests.web import manage_town
from tests.web.conftest import In, forget_caches
from tests.web.manage_town import Realm
from tests.web.reading import hidden, words
from tests.web.seed import PASSWORD, Story, Town
from yixian.lifecycle.commands import parse
from yixian.orders import actions, clock, filters, inside
from yixian.orders.models import ExportRun, Order, SavedView
from yixian.parties import access
from yixian.parties import actions as parties
from yixian.parties.errors import PartyError
from yixian.parties.models import AuditEntry
from yixian.web.live import connecting
from yixian.web.live.admission import rail_of
from yixian.web.live.app import Live

PHONE = "13800139997"
HX = {"HX-Request": "true"}
ASKED_BESIDE = ("caller/", "caller/reveal/", "beside/", "place/", "draft/")


@pytest.fixture
def place(quick: None) -> Realm:
    """A province with two cities."""
    return manage_town.realm()


# ---- the agent desk's panels ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("username", ["water-clerk", "housing-clerk", "auditor"])
def test_who_takes_no_calls_cannot_try_numbers(busy: Town, enter: In, username: str) -> None:
    """A unit that tries number after number would learn who ever called, and who asked for secrecy."""
    client = enter(username)
    for part in ASKED_BESIDE:
        answer = client.post(f"/agent/{part}", {"requester.phone": "13800138000", "text": "积水"}, headers=HX)
        assert answer.status_code == 403, part
        assert "王" not in words(answer)
    ref = Order.objects.filter(requester__isnull=False).values_list("requester", flat=True)[0]
    assert client.get(f"/agent/caller/{ref}/").status_code == 403
    assert client.get("/agent/divisions/").status_code == 403
    assert not AuditEntry.objects.filter(verb="按来电号码查询").exists()


def test_whoever_called_another_platform_alone_is_unknown_here(place: Realm) -> None:
    told = {"category": "投诉", "text": "路灯坏了一周, 晚上看不见路。", "channel": "phone", "confidential": True}
    told["requester"] = {"name": "欧阳若兰", "phone": PHONE, "address": "西港市海滨路 9 号"}
    actor = access.actor_of(place.user("west.agent"))
    actions.handle(None, parse("register", told), actor, now=clock.now() - 3600)
    ref = Order.objects.get().requester
    reason = {"requester.phone": PHONE, "reason": "核对来电人的住址"}
    for name, knows in (("west.agent", True), ("east.agent", False)):
        client = place.enter(name)
        shown = words(client.post("/agent/caller/", {"requester.phone": PHONE}, headers=HX))
        assert ("欧阳**" in shown or "欧***" in shown or "欧" in shown) is knows, shown
        assert ("首次来电" in shown) is not knows
        assert ("欧阳若兰" in words(client.post("/agent/caller/reveal/", reason, headers=HX))) is knows
        assert ("欧" in words(client.get(f"/agent/caller/{ref}/"))) is knows
        # a page that was never handed out shows no person either
        assert client.get(f"/agent/caller/{ref}/?cursor=WyJyZWdpc3RlcmVkIiwxLDFd").status_code == 200


# ---- inside a unit --------------------------------------------------------------------------------------------------


def test_what_a_unit_routed_inside_closes_with_the_order_leaving_it(town: Town, enter: In) -> None:
    law = parties.create_unit(
        actor=access.SYSTEM, platform=town.platform, code="water-law", name="水务局法规科", parent=town.units["water"]
    )
    town.users["law"] = parties.create_user(
        actor=access.SYSTEM, platform=town.platform, username="law", name="王敏", password=PASSWORD, unit=law,
        roles=("unit_clerk",), must_change_password=False,
    )  # fmt: skip
    forget_caches()
    story = Story(town, clock.now() - 86400).register(7).give("dispatcher", "dispatch", 0.5, lead="water")
    number = str(story.number)
    inside.send(number, access.actor_of(town.users["water-clerk"]), to_unit="water-law", note="请核实")
    client = enter("law")
    assert client.get(f"/orders/{number}/").status_code == 200
    asked = {"reason": "餐饮油烟由城市管理部门负责查处, 不属于本局职责。", "basis": "市城市管理局职能配置规定"}
    story.give("water-clerk", "request_return", 1, **asked, suggestion="urban")
    story.give("dispatcher", "approve_return", 1, redispatch_to="urban")
    assert enter("water-clerk").get(f"/orders/{number}/").status_code == 404
    for path in (f"/orders/{number}/", f"/live/orders/{number}/", f"/live/why/{number}/", f"/inside/{number}/report/",
                 f"/desks/unit/{number}/", f"/lists/print/?number={number}"):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code == 404 or "油烟" not in words(answer), path
    assert client.get(f"/orders/{number}/").status_code == 404


def test_a_number_that_no_number_can_be_is_not_there(town: Town, enter: In) -> None:
    client = enter("agent")
    for path in ("agent/done", "agent/calls", "registers/of", "live/why", "live/orders", "rate/of", "desks/dispatch"):
        assert client.get(f"/{path}/%00/").status_code == 404, path
    assert Client().get("/rate/%00/").status_code == 404


# ---- headers that a script may set ----------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["http://[/desks/dispatch/", "http://[::1/desks/x", "//[", "\x7f"])
def test_a_page_that_says_it_stands_nowhere_is_answered(busy: Town, enter: In, address: str) -> None:
    told = {"HX-Request": "true", "HX-Current-URL": address}
    answer = Client().get("/orders/", headers=told)
    assert answer["HX-Redirect"].startswith("/login/")
    client = enter("dispatcher")
    path = f"/orders/{busy.orders['new']}/act/accept/"
    form = {"form_key": hidden(client.get(path), "form_key")}
    assert client.post(path, form, headers=told).status_code < 500


def test_another_page_opens_no_stream(settings: Any) -> None:
    settings.ALLOWED_HOSTS, settings.LIVE_FOR_PORT = ["desk.example"], "8000"
    host = {"host": "desk.example:8001"}
    assert connecting.allowed_origin({**host, "origin": "http://desk.example:8000"}, "http")
    refused = ("http://[", "null", "http://evil.example", "http://desk.example:8000.evil.example", "http://desk.example",
               "http://a@desk.example:8000", "file://desk.example:8000")  # fmt: skip
    for origin in refused:
        assert connecting.allowed_origin({**host, "origin": origin}, "http") is None, origin
    assert connecting.allowed_origin({"host": "evil.example", "origin": "http://evil.example"}, "http") is None


@pytest.mark.parametrize(
    ("path", "method", "query", "status"),
    [
        ("/live/stream/", "GET", "&".join(f"a{at}=1" for at in range(50)), 400),
        ("/live/stream/", "GET", "", 401),
        ("/live/stream/", "POST", "", 405),
        ("/orders/", "GET", "", 404),
    ],
)
def test_the_stream_answers_whatever_is_asked(path: str, method: str, query: str, status: int) -> None:
    told: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        told.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    headers = [(b"host", b"127.0.0.1:8001")]
    scope = {"type": "http", "path": path, "method": method, "query_string": query.encode(), "headers": headers}
    asyncio.run(Live()(scope, receive, send))
    assert told[0]["status"] == status


def test_a_forged_host_is_refused_and_names_no_source(settings: Any) -> None:
    settings.ALLOWED_HOSTS, settings.LIVE_PORT = ["testserver"], "8001"
    for host in ("evil.example", "testserver;script-src", "testserver script-src *", "["):
        answer = Client(raise_request_exception=False).get("/login/", headers={"host": host})
        assert answer.status_code == 400, host
        assert "evil" not in answer.get("Content-Security-Policy", "")
        assert "script-src *" not in answer.get("Content-Security-Policy", "")


# ---- lists ----------------------------------------------------------------------------------------------------------


def test_a_phone_that_was_searched_names_no_file_journal_or_view(busy: Town, enter: In) -> None:
    client = enter("dispatcher")
    query = f"q={PHONE}"
    client.post("/lists/exports/", {"query": query, "ending": "csv"})
    client.post("/lists/exports/", {"query": "q=13800138000 积水", "ending": "csv"})
    for row in AuditEntry.objects.filter(verb="导出清单"):
        assert "13800138000" not in row.subject
        assert PHONE not in row.subject
        assert "13800138000" not in str(row.after)
        assert PHONE not in str(row.after)
    assert not ExportRun.objects.filter(title__contains=PHONE).exists()
    refused = client.post("/lists/views/", {"query": query, "name": "他的工单"})
    assert refused.status_code == 422
    assert "不能保存电话" in words(refused)
    client.post("/lists/views/", {"query": "state=handling", "name": f"找 {PHONE}"})
    assert SavedView.objects.get().name == "找 138****9997"


# ---- the portal -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["²", "-1", "٣", "9" * 40, "x", ""])
def test_taking_out_a_file_that_is_none(town: Town, which: str) -> None:
    visitor = Client()
    visitor.post("/submit/")
    for name, value in (("category", "投诉"), ("text", "路灯坏了一周, 晚上看不见路。"), ("place", "香洲区")):
        visitor.post(f"/submit/{name}/", {name: value})
    assert visitor.post("/submit/files/", {"do": f"remove-{which}"}).status_code in (200, 302)
    story = Story(town, clock.now() - 3600).register(0)
    visitor.post("/progress/", {"number": story.number, "code": story.code})
    assert visitor.post("/progress/supplement/", {"do": f"remove-{which}"}).status_code in (200, 302)


# ---- administration -------------------------------------------------------------------------------------------------


def test_units_go_four_levels_deep_and_no_deeper(town: Town) -> None:
    parent = town.units["water"]
    for level in range(2, 5):
        parent = parties.create_unit(
            actor=access.SYSTEM, platform=town.platform, code=f"w{level}", name=f"第{level}级", parent=parent
        )
    with pytest.raises(PartyError, match="最多 4 级"):
        parties.create_unit(actor=access.SYSTEM, platform=town.platform, code="w5", name="第5级", parent=parent)


# ---- many at once ---------------------------------------------------------------------------------------------------


def test_names_that_are_no_numbers_are_told_together(town: Town, enter: In) -> None:
    client = enter("dispatcher")
    key = hidden(client.get("/orders/"), "form_key")
    for number in ("x" * 5000, "%", "\udcff".encode("utf-8", "replace").decode()):
        sent = {"command": "accept", "number": [number], "form_key": key}
        assert client.post("/orders/together/", sent).status_code == 302
    many = {"command": "accept", "number": [str(at) for at in range(10_000)], "form_key": key}
    assert client.post("/orders/together/", many).status_code in (400, 413, 422)
    assert client.get("/desks/dispatch/together/dispatch/").status_code == 200
    asked = client.post("/desks/dispatch/together/dispatch/", {"number": [str(at) for at in range(900)]})
    assert asked.status_code == 422


def test_what_is_routed_to_one_person_is_counted_for_them_alone(town: Town) -> None:
    clerk = access.actor_of(town.users["water-clerk"])
    other = replace(clerk, user_id=(clerk.user_id or 0) + 1)
    assert rail_of(clerk) != rail_of(other)
    staff = access.actor_of(town.users["agent"])
    assert rail_of(staff) == rail_of(replace(staff, user_id=1_000_000))


@pytest.mark.parametrize("text", ["9" * 5000, "²", "99999999999999999999", "-1"])
def test_a_year_or_revision_of_many_digits_is_answered(town: Town, enter: In, text: str) -> None:
    town.users["boss"] = parties.create_user(
        actor=access.SYSTEM, platform=town.platform, username="boss", name="管", password=PASSWORD,
        roles=("administrator",), must_change_password=False,
    )  # fmt: skip
    assert enter("boss").get(f"/manage/calendar/?year={text}").status_code == 200
    keeper = enter("supervisor")
    assert keeper.get("/campaigns/new/").status_code == 200
    form = {"revision": text, "kind": "opinion", "title": "问卷"}
    assert keeper.post("/campaigns/new/", form).status_code < 500


@pytest.mark.parametrize("kind", ["published", "<published", "registered", ""])
def test_the_public_list_goes_on_from_any_mark(town: Town, kind: str) -> None:
    cursor = filters.pack(kind, clock.now(), 2**40)
    assert Client().get(f"/published/?cursor={cursor}").status_code == (200 if kind == "published" else 422)

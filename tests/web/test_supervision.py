"""The supervision desk: cases with their actions, matters beyond the region, business complaints, the ledger."""

from __future__ import annotations

import io
import re

from openpyxl import load_workbook

from tests.web.conftest import In
from tests.web.reading import page, words
from tests.web.seed import HOUR, Story, Town
from yixian.exchange import addresses
from yixian.orders import clock, reacting


def _case(town: Town) -> Story:
    addresses.forget()
    story = Story(town, clock.now() - 60 * HOUR).register(0).give("dispatcher", "dispatch", 1, lead="water")
    story.give("supervisor", "supervise", 2, reason="媒体关注", mode="现场")
    reacting.drain()
    return story


def test_a_case_is_listed_with_what_may_be_done(town: Town, enter: In) -> None:
    story = _case(town)
    text = page(enter("supervisor").get("/supervision/"))
    assert str(story.number) in text
    assert f"/orders/{story.number}/act/conclude_case/" in text
    assert "督办中" in words(enter("supervisor").get("/supervision/"))
    assert "没有这样的督办" in page(enter("supervisor").get("/supervision/?stands=effective"))
    assert enter("supervisor").get("/supervision/?stands=zzz").status_code == 422


def test_a_unit_sees_only_its_own(town: Town, enter: In) -> None:
    story = _case(town)
    assert "act/conclude_case" not in page(enter("water-clerk").get("/supervision/")), "the hotline's is not the unit's"
    assert str(story.number) in page(enter("water-clerk").get("/supervision/"))
    assert str(story.number) not in page(enter("housing-clerk").get("/supervision/"))


def test_a_leader_watches_over_the_units_own_handling(town: Town, enter: In) -> None:
    """Lezhi 17: begun by the leader, listed, concluded by the leader, no business of the hotline's."""
    addresses.forget()
    story = Story(town, clock.now() - 60 * HOUR).register(0).give("dispatcher", "dispatch", 1, lead="water")
    story.give("water-clerk", "sign", 1).give("water-clerk", "self_supervise", 1, reason="群众反映强烈")
    reacting.drain()
    text = page(enter("water-clerk").get("/supervision/"))
    assert "内部督办" in text
    assert f"/orders/{story.number}/act/conclude_case/" in text
    assert "act/conclude_case" not in page(enter("supervisor").get("/supervision/"))


def test_the_list_goes_into_a_file(town: Town, enter: In) -> None:
    story = _case(town)
    answer = enter("supervisor").get("/supervision/export.xlsx")
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    assert sheet is not None
    assert [sheet.cell(2, 1).value, sheet.cell(2, 7).value, sheet.cell(2, 13).value] == [
        story.number, "督办中", "媒体关注",
    ]  # fmt: skip
    told = b"".join(enter("supervisor").get("/supervision/export.csv").streaming_content).decode("utf-8-sig")
    assert story.number is not None
    assert story.number in told
    assert enter("supervisor").get("/supervision/export.pdf").status_code == 422


def test_matters_beyond_the_region_have_their_queue(town: Town, enter: In) -> None:
    story = Story(town, clock.now() - HOUR).register(0, region="cross_region")
    other = Story(town, clock.now() - HOUR).register(1)
    text = page(enter("supervisor").get("/supervision/regions/"))
    assert str(story.number) in text
    assert str(other.number) not in text
    assert str(story.number) not in page(enter("supervisor").get("/supervision/regions/?kind=cross_level"))
    assert enter("supervisor").get("/supervision/regions/?kind=x").status_code == 404


def test_every_tab_opens_for_staff_and_units(busy: Town, enter: In) -> None:
    for user in ("supervisor", "dispatcher", "water-clerk", "auditor"):
        client = enter(user)
        for path in ("", "regions/", "business/", "business/?state=handling", "interim/", "interim/?view=late"):
            assert client.get(f"/supervision/{path}").status_code == 200, (user, path)


def test_pages_speak_chinese(town: Town, enter: In) -> None:
    _case(town)
    for path in ("", "regions/", "business/", "interim/"):
        found = set(re.findall(r"[A-Za-z][A-Za-z0-9_]*", words(enter("supervisor").get(f"/supervision/{path}"))))
        assert not found - {"Ctrl", "Enter", "Esc", "F1", "j", "k", "x"}, path

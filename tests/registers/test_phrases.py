"""Phrases: a platform's are everyone's there, a unit's only its own, and nothing comes from beside or above."""

from __future__ import annotations

from typing import Any

import pytest

from tests.registers.conftest import Town, at, town_of
from yixian.ops import demo_people, demo_registers
from yixian.orders.errors import Denied
from yixian.parties import access
from yixian.registers import actions, phrases
from yixian.registers.actions import Invalid
from yixian.registers.models import Entry
from yixian.registers.phrases import Phrase, for_use

NOW = at("2026-11-20T10:00")


def keep(town: Town, who: str, title: str, use: str = "答复", **more: Any) -> Entry:
    values = {"use": use, "title": title, "text": f"{title}的话〔时间〕", **more}
    return actions.file(town.actors[who], "phrase", values, platform=town.platform, at=NOW)


def titles(town: Town, who: str, use: str = "答复", category: str = "") -> list[str]:
    return [phrase.title for phrase in for_use(use, town.actors[who], category)]


def test_the_platforms_phrases_are_everyones_and_a_units_only_its_own(town: Town) -> None:
    keep(town, "supervisor", "大家的")
    keep(town, "water", "水务的")
    assert titles(town, "water") == ["水务的", "大家的"]
    assert titles(town, "urban") == titles(town, "agent") == ["大家的"]
    assert titles(town, "urban", "回访") == []
    assert for_use("答复", town.actors["urban"]) == [Phrase("大家的", "大家的的话〔时间〕")]


def test_another_platform_has_its_own(town: Town) -> None:
    keep(town, "supervisor", "大家的")
    other = town_of("lezhi", "elsewhere")
    assert titles(other, "agent") == []
    assert for_use("答复", access.SYSTEM) == []


def test_words_for_one_category_stand_first_there_and_nowhere_else(town: Town) -> None:
    keep(town, "supervisor", "噪声", category="投诉")
    keep(town, "supervisor", "一般")
    assert titles(town, "agent", category="投诉") == ["噪声", "一般"]
    assert titles(town, "agent", category="咨询") == ["一般"]
    assert sorted(titles(town, "agent")) == ["一般", "噪声"]


def test_a_void_phrase_is_offered_no_more_and_the_menu_is_bounded(town: Town) -> None:
    first = keep(town, "supervisor", "第一")
    for number in range(phrases.MOST + 3):
        keep(town, "supervisor", f"第{number}句")
    assert len(titles(town, "agent")) == phrases.MOST
    actions.void(town.actors["supervisor"], first.pk, "写错了", at=NOW)
    assert "第一" not in titles(town, "agent")


def test_who_keeps_phrases(town: Town) -> None:
    with pytest.raises(Denied):
        keep(town, "agent", "话务员自己的")
    with pytest.raises(Invalid) as caught:
        keep(town, "supervisor", "", use="别的")
    assert set(caught.value.errors) == {"use", "title"}
    mine = keep(town, "water", "水务的")
    with pytest.raises(Exception, match="没有这条登记"):
        actions.void(town.actors["urban"], mine.pk, "不要了", at=NOW)


def test_the_demo_seeds_phrases_of_every_use_on_every_hotline(db: None) -> None:
    hotlines = demo_people.settle()
    demo_registers.seed(NOW)
    for hotline in hotlines:
        actor = access.actor_for("hotline", hotline.platform)
        assert all(for_use(use, actor) for use in phrases.USES)

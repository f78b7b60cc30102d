"""Hotlines carry the names that their rules give them (安徽 第三条), and pages that people read show them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from yixian.ops import demo_people
from yixian.orders.naming import official
from yixian.parties import access, actions


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("book", "name", "level", "full", "short"),
    [
        ("anhui", "省热线", "province", "安徽省12345政务服务便民热线", "省12345热线"),
        ("anhui", "合肥市12345", "city", "合肥市12345政务服务便民热线", "合肥市12345热线"),
        ("anhui", "税务分中心", "sub_centre", "安徽省12345政务服务便民热线税务分中心", ""),
        ("anhui", "气象分中心", "sub_centre", "", ""),
        ("zhuhai", "珠海热线", "city", "珠海市12345政务服务便民热线", "12345热线"),
        ("changzhi", "潞州区工作站", "station", "", ""),
        ("neimenggu", "呼和浩特市12345热线", "city", "", ""),
        ("nowhere", "某热线", "city", "", ""),
    ],
)
def test_a_book_names_its_hotline_its_sub_centres_and_those_below(
    book: str, name: str, level: str, full: str, short: str
) -> None:
    assert official(book, name, level) == (full, short)


@pytest.mark.django_db
def test_the_demo_takes_names_from_the_books_and_pages_show_them(settings: Any) -> None:
    made = demo_people._platform({"code": "names", "name": "省热线", "level": "province"}, None, book="anhui")
    part = demo_people._platform(
        {"code": "names-tax", "name": "税务分中心", "level": "sub_centre"}, "names", book="anhui"
    )
    assert (made.formal, made.brief) == ("安徽省12345政务服务便民热线", "省12345热线")
    assert (part.formal, part.brief) == ("安徽省12345政务服务便民热线税务分中心", "税务分中心")
    plain = actions.create_platform(actor=access.SYSTEM, code="plain", name="某热线", level="city", book="national")
    assert (plain.formal, plain.brief) == ("某热线", "某热线")
    assert "安徽省12345政务服务便民热线" in Client().get("/submit/platform/").content.decode()

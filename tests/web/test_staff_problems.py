"""What could not be shown is told to staff inside their shell, to others in the public frame."""

from __future__ import annotations

from django.test import Client

from tests.web.conftest import In
from tests.web.manage_town import realm
from tests.web.reading import words
from tests.web.seed import Town


def test_staff_read_a_refusal_in_their_shell_with_a_way_back(enter: In, town: Town) -> None:
    page = enter("agent").get("/manage/")
    assert page.status_code == 403
    text = page.content.decode()
    assert 'id="rail"' in text
    assert "没有权限" in words(page)
    assert "回到工作台" in words(page)
    assert "提交诉求" not in words(page)


def test_an_order_that_is_not_there_is_told_in_the_shell(enter: In, town: Town) -> None:
    page = enter("dispatcher").get("/orders/2020010100000001/")
    assert page.status_code == 404
    assert 'id="rail"' in page.content.decode()
    assert "回到工作台" in words(page)


def test_a_visitor_reads_it_in_the_public_frame(client: Client, town: Town) -> None:
    page = client.get("/published/2020010100000001/")
    assert page.status_code == 404
    assert 'id="rail"' not in page.content.decode()
    assert "提交诉求" in words(page)


def test_the_administrator_begins_at_the_rooms_of_administration(quick: None) -> None:
    assert realm().enter("east.admin").get("/")["Location"] == "/manage/"

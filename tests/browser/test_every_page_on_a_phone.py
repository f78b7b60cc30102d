"""What people do on a phone can be done on one; a file of its own, since a run gives each file to one process."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.test_every_page import ON_PHONES, walked
from tests.browser.walking import PHONE, demo

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_what_people_do_on_a_phone_can_be_done_on_one(chromium: Browser) -> None:
    with demo(80) as running:
        stops = walked(chromium, running, PHONE, ON_PHONES)
    assert {"home", "submit-done", "progress", "desk", "order", "leader"} <= {stop.name for stop in stops}

"""A province with two cities and their administrators, for the tests of administration; and sending its forms."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.test import Client

from tests.web.seed import PASSWORD
from yixian.parties import access
from yixian.parties import actions as parties
from yixian.parties.models import Platform, Unit, User
from yixian.parties.sessions import BACKEND

PEOPLE = {
    "top.admin": ("top", None, ("administrator",)),
    "east.admin": ("east", None, ("administrator",)),
    "east.admin2": ("east", None, ("administrator",)),
    "west.admin": ("west", None, ("administrator",)),
    "east.agent": ("east", None, ("agent",)),
    "east.auditor": ("east", None, ("auditor",)),
    "west.agent": ("west", None, ("agent",)),
    "east.clerk": ("east", "east-water", ("unit_clerk",)),
    "west.clerk": ("west", "west-water", ("unit_clerk",)),
}


@dataclass
class Realm:
    """Platforms, units and people by code."""

    places: dict[str, Platform]
    units: dict[str, Unit]
    users: dict[str, User]

    def enter(self, username: str) -> Client:
        """A client logged in as this person."""
        client = Client()
        client.force_login(User.objects.get(username=username), backend=BACKEND)
        return client

    def user(self, username: str) -> User:
        """This person as the database has them now."""
        return User.objects.get(username=username)


def realm(book: str = "zhuhai") -> Realm:
    """top, and below it east and west, each with a water bureau."""
    top = parties.create_platform(actor=access.SYSTEM, code="top", name="南海省12345热线", level="province", book=book)
    places = {"top": top}
    for code, name in (("east", "东港市12345热线"), ("west", "西港市12345热线")):
        places[code] = parties.create_platform(
            actor=access.SYSTEM, code=code, name=name, level="city", book=book, parent=top
        )
    units = {
        f"{code}-water": parties.create_unit(
            actor=access.SYSTEM, platform=places[code], code=f"{code}-water", name=f"{places[code].name[:3]}水务局"
        )
        for code in ("east", "west")
    }
    users = {
        name: parties.create_user(
            actor=access.SYSTEM, platform=places[place], username=name, name=f"{name}同志", password=PASSWORD,
            unit=units[unit] if unit else None, roles=roles, must_change_password=False,
        )
        for name, (place, unit, roles) in PEOPLE.items()
    }  # fmt: skip
    return Realm(places, units, users)


def hidden(answer: Any, name: str, within: str = "") -> str:
    """The value of a hidden field, of the form whose action ends with `within`."""
    text = answer.content.decode()
    if within:
        text = text[text.index(f'{within}/"') :]
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found, f"no hidden field {name}"
    return found[1]


def send(client: Client, url: str, onto: str = "", follow: bool = False, **fields: Any) -> Any:
    """Open a page and send one of its forms: the page's own, or the one that leads to `onto` below it."""
    page = client.get(url)
    assert page.status_code == 200, page.status_code
    kept = {}
    text = page.content.decode()
    action = f'{url.partition("?")[0]}{onto}/"' if onto else ""
    form = text[text.index(action) if action else 0 :]
    for name in ("form_key", "seen", "platform", "parent"):
        found = re.search(
            rf'type="hidden" name="{name}" value="([^"]*)"', form[: form.find("</form>") if onto else None]
        )
        if found:
            kept[name] = found[1]
    return client.post(url.partition("?")[0] + (f"{onto}/" if onto else ""), {**kept, **fields}, follow=follow)

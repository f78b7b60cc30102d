"""Help: every page that people open has its words, the drawer shows them with the reader's own law; the first tour."""

from __future__ import annotations

import pytest
from django.urls import get_resolver

from tests.habits.test_routes import _patterns
from tests.web import seed
from tests.web.conftest import In
from yixian.parties import preferences
from yixian.parties.roles import ROLES
from yixian.web.present import tours
from yixian.web.present.help_words import PAGES, named

# Addresses that are no page: parts of one, files, and what only takes a form. A new page belongs in the help instead.
NO_PAGE = {
    *("live-shell", "live-order", "live-why", "help", "tour", "tour-seen", "alarms-bar", "drawer", "agent-beside"),
    *("agent-caller", "agent-history", "agent-reveal", "agent-place", "agent-divisions", "agent-draft", "units-find"),
    *(
        "agent-discard",
        "agent-calls",
        "desk-rows",
        "reply-check",
        "extension-due",
        "inside",
        "export-progress",
        "copy",
        "columns",
    ),
    *("views", "view-change", "export-stop", "export-file", "print-several", "alarms-confirm", "notices-read"),
    *("rulebook-source", "draft-language", "draft-check", "draft-run", "draft-scenario-remove", "draft-hand-in"),
    *("draft-judge", "draft-file", "whatif-stop", "campaign-order", "restriction-lift", "manage-user-act"),
    *("manage-token-revoke", "download", "export-batch", "register-file", "rate-of"),
}
ENDINGS = ("-export", "-csv")


def _pages() -> list[str]:
    found = [item for path, item in _patterns(get_resolver()) if not path.startswith("api/")]
    staff = [item.name for item in found if getattr(item.callback, "permission", "public") != "public" and item.name]
    return [name for name in staff if name not in NO_PAGE and not name.endswith(ENDINGS)]


def test_every_page_has_help() -> None:
    pages = _pages()
    assert len(pages) > 40, "the walk found hardly any page"
    assert not (silent := sorted(set(pages) - set(PAGES))), f"write their help in web/present/help_*.py: {silent}"
    from yixian.web.desks.table import DESKS  # after the addresses: the shell loads desks and pages in its own order

    desks = [f"desk-{desk.code}" for desk in DESKS]
    assert not (silent := sorted(set(desks) - set(PAGES))), f"desks without help: {silent}"


def test_help_is_whole_sentences() -> None:
    for name, page in PAGES.items():
        for text in (page.use, page.first, page.rule):
            assert text.endswith("。"), (name, text)
            assert len(text) >= 8, (name, text)


def test_the_drawer_cites_the_readers_own_law(town: seed.Town, enter: In) -> None:
    client = enter("water-clerk")
    part = client.get("/help/desk-unit/", headers={"HX-Request": "true"}).content.decode()
    assert "这一页做什么" in part
    assert "/rulebooks/zhuhai/" in part
    assert "<html" not in part
    assert "<html" in client.get("/help/desk-unit/").content.decode()
    assert client.get("/help/no-such-page/").status_code == 404


def test_each_page_leads_to_its_help(busy: seed.Town, enter: In) -> None:
    client = enter("dispatcher")
    for url, name in (("/orders/", "queue"), ("/desks/dispatch/", "desk-dispatch"), ("/notices/", "notices")):
        assert f'href="/help/{name}/"' in client.get(url).content.decode(), url
    assert named("desk", "nowhere") == "desk"
    assert named("no-such-page") == ""


def test_a_tour_is_offered_until_it_was_seen(town: seed.Town, enter: In) -> None:
    client = enter("water-clerk")
    assert 'data-tour-role="unit_clerk"' in client.get("/orders/").content.decode()
    steps = client.get("/help/tour/").json()
    assert steps["role"] == "unit_clerk"
    assert [len(step["text"]) > 8 for step in steps["steps"]] == [True] * 3
    assert client.post("/help/tour/seen/", {"role": "supervisor"}).status_code == 422
    assert client.post("/help/tour/seen/", {"role": "unit_clerk"}).status_code == 204
    assert 'data-tour-role="unit_leader"' in client.get("/orders/").content.decode()
    assert client.post("/help/tour/seen/", {"role": "unit_leader"}).status_code == 204
    assert "data-tour-role" not in client.get("/orders/").content.decode()
    assert sorted(preferences.get(town.users["water-clerk"], "toured")) == ["unit_clerk", "unit_leader"]
    assert client.get("/help/tour/?again=1").json()["role"] == "unit_clerk"


@pytest.mark.parametrize("role", [code for code, role in ROLES.items() if role.granted])
def test_every_role_has_three_steps(role: str) -> None:
    assert len(tours.TOURS[role]) == 3

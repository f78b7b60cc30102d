"""Every event stands in the reaction table; every reaction is a task; every setting and room is documented."""

from __future__ import annotations

import re

from django.utils.module_loading import import_string
from tests.habits.source import ROOT, modules, rooms

from yixian.exchange.models import KINDS
from yixian.exchange.telling import SAYINGS, Tell
from yixian.lifecycle.events import EVENT_KINDS
from yixian.parties.roles import ROLES
from yixian.wiring.reactions import REACTIONS, ROOMS


def test_every_event_kind_stands_in_the_reaction_table() -> None:
    missing, unknown = sorted(set(EVENT_KINDS) - set(REACTIONS)), sorted(set(REACTIONS) - set(EVENT_KINDS))
    assert not missing, f"add to wiring/reactions.py, with () when nothing follows: {missing}"
    assert not unknown, f"no such event kind any more: {unknown}"


def test_every_reaction_is_a_task() -> None:
    from procrastinate.contrib.django import app

    import yixian.wiring.jobs  # noqa: F401  registers the tasks

    named = {task for tasks in REACTIONS.values() for task in tasks if isinstance(task, str)}
    assert named <= {*app.tasks, *ROOMS}, f"no such task: {sorted(named - {*app.tasks, *ROOMS})}"
    assert all(callable(import_string(path)) for path in ROOMS.values())
    tells = [row for rows in REACTIONS.values() for row in rows if isinstance(row, Tell)]
    assert {row.kind for row in tells} <= set(KINDS)
    assert {word for row in tells for word in row.says} <= set(SAYINGS)
    known = {*ROLES, "unit", "lead", "parties", "new", "joint", "leader"}
    assert {word for row in tells for word in row.to} <= known


def test_every_environment_variable_is_documented() -> None:
    used = {name for path in modules() for name in re.findall(r"\bYIXIAN_[A-Z_]+\b", path.read_text(encoding="utf-8"))}
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert not (missing := sorted(name for name in used if name not in text)), f"explain in architecture.md: {missing}"


def test_every_room_stands_on_the_map() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    missing = [room.name for room in rooms() if f"`{room.name}/`" not in text]
    assert not missing, f"not on the map: {missing}"


def test_locked_files_name_no_host() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "package-lock.json", ".npmrc"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"https?://|index-url|find-links", text), f"{name} names a package host"


def test_every_make_target_is_described() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.search(r"^\.PHONY: (.+)$", text, re.MULTILINE)[1].split())  # type: ignore[index]
    described = set(re.findall(r"^([a-z-]+):.*## ", text, re.MULTILINE))
    assert targets == described

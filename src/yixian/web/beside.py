"""What stands beside an order on its page: attachments, orders of other platforms, the copy for the public."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from yixian.lifecycle.commands import COMMANDS
from yixian.orders import attachments, linked, platforms, public_copies
from yixian.orders.actions import Outcome
from yixian.orders.errors import BadInput, OrderError
from yixian.orders.queries import Detail
from yixian.parties import access
from yixian.parties.access import Actor
from yixian.parties.sessions import address_of
from yixian.registers import queries as registers
from yixian.web import sending, uploads
from yixian.web.access import StaffRequest
from yixian.web.present import moments
from yixian.web.present.forms import Field
from yixian.web.sending import Trouble

WITH_FILES = frozenset(
    {
        *("file_statement", "appeal", "refer", "reply", "draft_reply", "request_return", "request_extension"),
        *("request_interim_close", "report_progress", "submit_opinion", "terminate", "screen", "supplement"),
    }
)
"""Commands whose form takes files: statements, evidence, proof of what was done."""
MOST_RECEIVERS = 200
KINDS_OF_LINK = {"transfer": "转办", "station": "派单"}


def send(request: StaffRequest, number: str, command: str, form: Sequence[Field]) -> Outcome | Trouble:
    """Give the command that a form describes, with the files that came with it: both or neither."""
    if command not in WITH_FILES:
        return sending.send(request, number, command, form, request.actor)
    try:
        files = uploads.uploads_of(request)
        attachments.checked(files)
        with transaction.atomic():
            answer = sending.send(request, number, command, form, request.actor)
            if files and not isinstance(answer, Trouble):
                address = address_of(request)
                attachments.attach(number, files, request.actor, purpose=command, address=address)
    except BadInput as error:
        return Trouble(422, "附件不能上传", error.detail, errors={"file": error.detail})
    return answer


def panels(request: StaffRequest, found: Detail) -> dict[str, Any]:
    """The context of the panels."""
    number, actor = found.state.number, request.actor
    links = linked.linked(number, actor)
    return {
        "files": _files(found, actor),
        "may_attach": attachments.may_attach(actor) and found.state.state != "archived",
        "links": [_link(row) for row in links],
        "stuck": linked.stuck(number, actor) if links else [],
        "asks": [(name, COMMANDS[name].title) for name in linked.asks(number, actor)] if links else [],
        "copy": _copy(request, found),
    }


def receivers(found: Detail) -> tuple[str, ...]:
    """Whom an order can be transferred to: the hotlines here, nearest first, then the partners of the register."""
    return receivers_of(found.platform)


def receivers_of(platform: str) -> tuple[str, ...]:
    """The same for an order of this platform, by its code."""
    own = platforms.of_code(platform)
    here = [row for row in platforms.everything() if row.book and row.active and row.id != own.id]
    here = [row for row in here if access.hotline_path(row.path) != access.hotline_path(own.path)]
    here.sort(key=lambda row: (not own.path.startswith(row.path), not row.path.startswith(own.path), row.path))
    partners = registers.entries("partner", platform_path=own.path, limit=MOST_RECEIVERS)
    names = [row.name for row in here] + [str(entry.values.get("name") or "") for entry in partners]
    return tuple(dict.fromkeys(filter(None, names)))[:MOST_RECEIVERS]


def _files(found: Detail, actor: Actor) -> list[dict[str, Any]]:
    rows = uploads.size_words(attachments.of_order(found.number, actor))
    return [row | {"at": moments.absolute(int(row["at"].timestamp()))} for row in rows]


def _link(row: linked.Linked) -> dict[str, Any]:
    due = f"{moments.absolute(row.due)} 到期" if row.due is not None else ("时限在走" if row.running else "")
    return {
        "number": row.number,
        "direction": row.direction,
        "kind": KINDS_OF_LINK.get(row.kind, row.kind),
        "platform": row.platform_name,
        "state": row.state_title,
        "due": due,
        "late": row.late,
        "url": f"/orders/{row.number}/" if row.readable else "",
        "refused": row.refused if row.direction == "转至" else (),
    }


def _copy(request: StaffRequest, found: Detail) -> dict[str, Any] | None:
    """How the order stands with the public: shown to who reviews, once there is an answer."""
    if found.state.state not in ("answered", "surveying", "calling_back", "closed", "archived"):
        return None
    number = found.state.number
    if not public_copies.may_release(number, request.actor):
        return None
    try:
        return {"made": public_copies.preview(number, request.actor), "why": ""}
    except OrderError as error:
        return {"made": None, "why": error.detail}

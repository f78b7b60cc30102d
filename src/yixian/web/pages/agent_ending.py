"""What ends a call: the registration and what follows it, with files, place and record: all of it or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from django.db import transaction

from yixian.intake import calls
from yixian.lifecycle.commands import PayloadError, parse
from yixian.orders import actions, attachments, single
from yixian.orders.errors import BadInput, OrderError, Unavailable
from yixian.orders.outcome import Outcome
from yixian.parties import divisions
from yixian.parties.sessions import address_of
from yixian.web import drafts, sending, uploads
from yixian.web.access import StaffRequest
from yixian.web.present import agent, forms
from yixian.web.present.forms import Field
from yixian.web.sending import Trouble

GONE = "这份登记已在另一个窗口提交或丢弃, 没有再次登记。填写的内容还在; 确实是另一件事的, 请再点一次登记。"


@dataclass(frozen=True, slots=True)
class Ended:
    """A call that came to its end: on which order, how."""

    order_no: str
    ending: str
    replayed: bool


class Stopped(Exception):
    """A step that was not possible: everything before it is taken back. Carries what the page says of it."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.title)
        self.trouble = trouble


def ending_of(request: StaffRequest, endings: Sequence[str]) -> str:
    """Which way of ending was chosen; plain registration where none is known."""
    chosen = request.POST.get("ending", "")
    return chosen if chosen in endings else "register"


def end(request: StaffRequest, form: Sequence[Field], second: Sequence[Field], ending: str) -> Ended | Trouble:
    """End the call as the form says. Returns why not where something was refused; then nothing at all is written."""
    try:
        files = uploads.uploads_of(request)
        attachments.checked(files)
        with transaction.atomic():
            outcome = _joined(request, ending) if ending in agent.JOINED else _registered(request, form, second, ending)
            number = outcome.order_no
            if files:
                attachments.attach(number, files, request.actor, purpose="register", address=address_of(request))
            if not outcome.replayed:
                _recorded(request, number, ending)
        return Ended(number, ending, outcome.replayed)
    except Stopped as stopped:
        return stopped.trouble
    except Unavailable:
        raise
    except BadInput as error:
        if error.path == "file":
            return Trouble(422, "附件不能上传", error.detail, errors={"file": error.detail})
        return sending.trouble(error, form, "register")
    except OrderError as error:
        return sending.trouble(error, form, "register")


def _registered(request: StaffRequest, form: Sequence[Field], second: Sequence[Field], ending: str) -> Outcome:
    """Register, and give the second command on the new order."""
    key = drafts.key_of(request)
    payload = {"channel": "phone", **_placed(request, forms.read(form, drafts.typed(request)))}
    try:
        outcome = actions.handle(None, parse("register", payload), request.actor, key=key)
    except PayloadError as error:
        raise Stopped(sending.trouble(error, form, "register")) from error
    if ending == "three_party":
        if not request.POST.get("three_party.party", "").strip():
            wrong = {"three_party.party": "请写明参加通话的单位"}
            raise Stopped(Trouble(422, "还不能提交", "请改正标红的地方。", errors=wrong))
        if not request.POST.get("three_party.text", "").strip():
            return outcome  # the unit joined and nothing was settled: the order takes its ordinary way
    if not second:
        return outcome
    command, fields = agent.SECONDS[ending], agent.plain(second, ending)
    try:
        given = forms.read(second, drafts.typed(request)).get(ending, {})
        extra = {"mode": "three_party"} if ending == "three_party" else {}
        followed = actions.handle(outcome.order_no, parse(command, {**given, **extra}), request.actor, key=f"{key}:2")
    except Unavailable:
        raise
    except (PayloadError, OrderError) as error:
        found = sending.trouble(error, fields, command)
        errors = {f"{ending}.{path}": text for path, text in found.errors.items()}
        raise Stopped(replace(found, errors=errors, instead="")) from error
    return msgspec.structs.replace(outcome, replayed=outcome.replayed and followed.replayed)


def _joined(request: StaffRequest, ending: str) -> Outcome:
    """Add what was said to an order that is there, or urge it; nothing new is registered."""
    number = request.POST.get("target", "").strip()[:40]
    said = request.POST.get("text", "").strip()
    order, _ = single.readable(number, request.actor)
    payload: dict[str, Any] = {"text": said} if ending == "supplement" else ({"note": said[:2000]} if said else {})
    key = drafts.key_of(request)
    try:
        return actions.handle(order.number, parse(ending, payload), request.actor, key=key)
    except PayloadError as error:
        words = "请写下来电人补充的内容。" if not said else error.message
        raise Stopped(Trouble(422, "还不能提交", words, errors={"text": words})) from error


def _recorded(request: StaffRequest, number: str, ending: str) -> None:
    """Keep how the call ended and where, and destroy its draft."""
    if ending not in agent.JOINED and (confirmed := _division(request)) is not None:
        calls.placed(number, confirmed[0].code)
    draft, version = request.POST.get("draft_id", ""), request.POST.get("draft_version", "0")
    if draft and not calls.drop(request.actor, draft) and version not in ("", "0"):
        raise Stopped(Trouble(409, "没有再次登记", GONE, stale=True))
    party = request.POST.get("three_party.party", "").strip() if ending == "three_party" else ""
    calls.ended(request.actor, request.user.platform.code, number, ending, party=party)


def _division(request: StaffRequest) -> tuple[divisions.Place, str] | None:
    """The division that the agent confirmed and what follows its name in the place; None where none was.

    One that the place does not name any more, since it was rewritten, counts as not confirmed. Raises BadInput for a
    division that is not there or not the platform's.
    """
    code = request.POST.get("division", "").strip()
    if not code:
        return None
    root = divisions.root_of(request.user.platform.division_code)
    if divisions.one(code, root) is None:
        raise BadInput("选定的区划不在本平台范围内, 请重新选择地点", "place")
    read = divisions.read(request.POST.get("place", ""), root)
    found = next((one for one in read.places if one.code == code), None)
    return (found, read.rest) if found else None


def _placed(request: StaffRequest, payload: dict[str, Any]) -> dict[str, Any]:
    """The payload with the place in its full form: 珠海市香洲区吉大街道 · 景园路 12 号."""
    confirmed = _division(request)
    if confirmed is None:
        return payload
    place, rest = confirmed
    return {**payload, "place": f"{place.full} · {rest}" if rest else place.full}

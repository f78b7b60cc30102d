"""Reading drafts: lists, one draft, its book, its runs; which books a person may revise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.core import signing
from django.db.models import Q

from yixian.orders import books
from yixian.orders.errors import BadInput
from yixian.parties.models import Platform
from yixian.parties.permission import Actor, holds
from yixian.parties.roles import APPROVE_RULES, EDIT_RULES
from yixian.rulebook import Rulebook, RulebookError
from yixian.rulemaking import texts
from yixian.rulemaking.errors import NoDraft
from yixian.rulemaking.models import DONE, STATUSES, SUBMITTED, WORKING, Draft, DraftRevision, DraftRun

PAGE = 30
_CURSOR = signing.Signer(salt="yixian.rulemaking.page")


@dataclass(frozen=True, slots=True)
class Page:
    """Drafts, newest change first, and where the next page begins."""

    drafts: tuple[Draft, ...]
    next_cursor: str | None


def draft(draft_id: int) -> Draft:
    """One draft. Raises NoDraft."""
    found = Draft.objects.filter(pk=draft_id).first()
    if found is None:
        raise NoDraft("没有这份草稿, 可能网址有误。请从草稿列表进入。")
    return found


def seen(actor: Actor, draft_id: int) -> Draft:
    """One draft, where the actor has anything to do with its book. Raises NoDraft."""
    found = draft(draft_id)
    if found.name in beyond_reach(actor):
        raise NoDraft("没有这份草稿, 可能网址有误。请从草稿列表进入。")
    return found


def draft_book(draft_id: int) -> Rulebook:
    """The rulebook that a draft's text makes, compiled with its parents. Raises RulebookError, NoDraft."""
    return compiled(draft(draft_id))


def compiled(found: Draft) -> Rulebook:
    """As `draft_book`, of a draft already loaded. Raises RulebookError."""
    reading = texts.read(found.name, found.text, books.library())
    if reading.book is None or reading.errors:
        raise RulebookError(reading.errors)
    return reading.book


def page(actor: Actor, *, status: str = "", name: str = "", cursor: str | None = None, size: int = PAGE) -> Page:
    """Drafts of the books that the actor may see to, newest change first. Raises BadInput for a broken cursor."""
    if status and status not in STATUSES:
        raise BadInput("网址里的“状态”无法识别, 请从上面重新选择。", "status")
    rows = Draft.objects.defer("text").order_by("-changed_at", "-id")
    hidden = beyond_reach(actor)
    if hidden:
        rows = rows.exclude(name__in=hidden)
    if status:
        rows = rows.filter(status=status)
    if name:
        rows = rows.filter(name=name)
    if cursor:
        moment, last = _read_cursor(cursor)
        rows = rows.filter(Q(changed_at__lt=moment) | Q(changed_at=moment, pk__lt=last))
    found = list(rows[: size + 1])
    more = len(found) > size
    shown = tuple(found[:size])
    return Page(shown, _cursor(shown[-1]) if more else None)


def unfinished_of(user_id: int) -> int:
    """How many drafts a person has begun that are neither published nor given up nor refused."""
    return Draft.objects.filter(author_id=user_id, status__in=(WORKING, SUBMITTED)).count()


def waiting(actor: Actor) -> int:
    """How many drafts of the actor's books wait for a second person's decision."""
    return Draft.objects.filter(status=SUBMITTED).exclude(name__in=beyond_reach(actor)).count()


def _cursor(last: Draft) -> str:
    return _CURSOR.sign(f"{last.changed_at.isoformat()}|{last.pk}")


def _read_cursor(cursor: str) -> tuple[dt.datetime, int]:
    try:
        moment, _, last = _CURSOR.unsign(cursor).partition("|")
        return dt.datetime.fromisoformat(moment), int(last)
    except (signing.BadSignature, ValueError):
        raise BadInput("翻页的网址无法识别, 请从第一页重新开始。", "cursor") from None


def revisions(found: Draft, limit: int = 100) -> list[DraftRevision]:
    """What was saved, newest first, without the texts."""
    return list(DraftRevision.objects.filter(draft=found).defer("text").order_by("-number")[:limit])


def revision(found: Draft, number: int) -> DraftRevision:
    """One saved text. Raises NoDraft."""
    saved = DraftRevision.objects.filter(draft=found, number=number).first()
    if saved is None:
        raise NoDraft("没有这一次保存。")
    return saved


def latest_run(found: Draft) -> DraftRun | None:
    """The newest run of a draft's scenarios."""
    return DraftRun.objects.filter(draft=found).order_by("-id").first()


def proof(found: Draft) -> DraftRun | None:
    """The newest finished run over exactly the draft as it is now; None where there is none."""
    rows = DraftRun.objects.filter(draft=found, sha256=proof_key(found), status=DONE)
    return rows.order_by("-id").first()


def proof_key(found: Draft) -> str:
    """What a run speaks of: the text, the draft's own scenarios, and the version it is compared with."""
    library = books.library()
    newest = library.flat(found.name)[-1].version if found.name in library.names() else ""
    own = found.scenarios.order_by("id").values_list("text", flat=True)
    return texts.digest("\0".join((texts.digest(found.text), newest, *map(texts.digest, own))))


def touched_by(name: str) -> tuple[Platform, ...]:
    """The platforms that a book governs, by itself or as a parent of theirs."""
    places = list(Platform.objects.order_by("path"))
    under = {book for book in {place.book for place in places} if name in _lineage(book)}
    return tuple(place for place in places if place.book in under)


def may_touch(actor: Actor, name: str, permission: str = EDIT_RULES) -> str:
    """Why the actor may not revise a book, in Chinese; "" where they may: every platform under it must be in reach."""
    if not holds(actor, permission):
        return "您的角色不能修订规则。"
    beyond = [place for place in touched_by(name) if not holds(actor, permission, platform_path=place.path)]
    if not beyond:
        return ""
    named = "、".join(place.name for place in beyond[:3]) + ("等" if len(beyond) > 3 else "")
    return f"这本规则书也管着{named}, 不在您负责的范围内; 请由管得到这些平台的人办理。"


def beyond_reach(actor: Actor) -> frozenset[str]:
    """The books whose drafts the actor has nothing to do with."""
    hidden = {
        book
        for book, path in Platform.objects.values_list("book", "path")
        if not any(holds(actor, word, platform_path=path) for word in (EDIT_RULES, APPROVE_RULES))
    }
    return frozenset(name for book in hidden for name in _lineage(book))


def _lineage(book: str) -> Sequence[str]:
    library = books.library()
    if book not in library.names():
        return (book,)
    try:
        return tuple(dict.fromkeys(name for version in library.versions(book) for name in version.lineage))
    except RulebookError:
        return (book,)

"""What changes drafts: start, save, submit, withdraw, discard, reject, and approve, which publishes.

Every act locks the draft's row, checks again what the page showed, and leaves an entry in the administrative journal.
Publishing is one transaction: the version, the draft's end, the journal. A published version is superseded by one that
comes into force later; it is never changed and never taken back.
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import connection, transaction

from yixian.exchange.actions import tell
from yixian.orders import books, clock
from yixian.orders.errors import BadInput
from yixian.orders.models import PublishedBook
from yixian.parties.journal import audit
from yixian.parties.permission import Actor
from yixian.parties.roles import APPROVE_RULES, EDIT_RULES
from yixian.rulemaking import queries, texts
from yixian.rulemaking.conditions import conditions, missing
from yixian.rulemaking.errors import NoDraft, NotAllowed, NotReady, Overtaken
from yixian.rulemaking.models import (
    DISCARDED,
    EDITABLE,
    PUBLISHED,
    REJECTED,
    STATUSES,
    SUBMITTED,
    WORKING,
    Draft,
    DraftRevision,
)

LONGEST_TITLE = 200
LONGEST_NOTE = 2000
PUBLISHING = 0x7975_6C65  # one publication at a time, whichever books they are of


@transaction.atomic
def start(actor: Actor, *, name: str, title: str, text: str, based_on: str = "") -> Draft:
    """Begin a draft of a book. Raises NotAllowed, BadInput."""
    _allowed(actor, name, EDIT_RULES)
    title, text, now = _title(title), texts.clean(text), _now()
    reading = texts.read(name, text, books.library())
    draft = Draft.objects.create(
        name=name,
        based_on=based_on,
        title=title,
        effective=reading.effective,
        text=text,
        sha256=texts.digest(text),
        author_id=actor.user_id,
        author=_by(actor),
        created_at=now,
        changed_at=now,
    )
    _keep(draft, actor)
    audit(actor, "start_rulebook_draft", _subject(draft), after={"title": title, "based_on": based_on})
    return draft


@transaction.atomic
def save(actor: Actor, draft_id: int, *, text: str, revision: int, title: str | None = None) -> Draft:
    """Keep what was typed, also where it is broken.

    `revision` is the one that was opened: where somebody saved since, nothing is written. Raises Overtaken, NotReady,
    NotAllowed, BadInput, NoDraft.
    """
    draft = _locked(draft_id)
    _allowed(actor, draft.name, EDIT_RULES)
    _in_state(draft, *EDITABLE)
    text = texts.clean(text)
    title = draft.title if title is None else _title(title)
    if draft.revision != revision:
        last = queries.revision(draft, draft.revision)
        raise Overtaken(
            f"{last.name} 在 {clock.shown(int(last.at.timestamp()))} 保存了第 {last.number} 稿, 您的改动还没有保存。"
        )
    if text == draft.text and title == draft.title and draft.status == WORKING:
        return draft
    draft.effective = texts.read(draft.name, text, books.library()).effective
    draft.title, draft.status, draft.changed_at = title, WORKING, _now()
    if text != draft.text:
        draft.text, draft.sha256, draft.revision = text, texts.digest(text), draft.revision + 1
        _keep(draft, actor)
    draft.save()
    return draft


@transaction.atomic
def submit(actor: Actor, draft_id: int, *, sha256: str, note: str = "") -> Draft:
    """Hand a draft in for approval: every condition of publication must hold now. Raises NotReady and as `save`."""
    draft = _locked(draft_id)
    _allowed(actor, draft.name, EDIT_RULES)
    _in_state(draft, *EDITABLE)
    _same_text(draft, sha256)
    _meets_all(draft)
    draft.status, draft.note, draft.reason = SUBMITTED, _note(note), ""
    draft.submitted_by_id, draft.submitted_by, draft.submitted_at = actor.user_id, _by(actor), _now()
    draft.changed_at = draft.submitted_at
    draft.approver_id, draft.approver, draft.decided_at = None, "", None
    draft.save()
    audit(actor, "submit_rulebook_draft", _subject(draft), after={"sha256": draft.sha256, "note": draft.note})
    _tell(draft, f"规则修订待批准: {draft.title}", f"{_by(actor)} 提交, {_day(draft)}起施行。", roles=True)
    return draft


@transaction.atomic
def withdraw(actor: Actor, draft_id: int) -> Draft:
    """Take a submitted draft back to work on it. Raises NotReady, NotAllowed, NoDraft."""
    draft = _locked(draft_id)
    _allowed(actor, draft.name, EDIT_RULES)
    _in_state(draft, SUBMITTED)
    draft.status, draft.changed_at = WORKING, _now()
    draft.save()
    audit(actor, "withdraw_rulebook_draft", _subject(draft))
    return draft


@transaction.atomic
def discard(actor: Actor, draft_id: int) -> Draft:
    """Give a draft up; its texts stay readable. Raises NotReady, NotAllowed, NoDraft."""
    draft = _locked(draft_id)
    _allowed(actor, draft.name, EDIT_RULES)
    _in_state(draft, *EDITABLE)
    draft.status, draft.changed_at = DISCARDED, _now()
    draft.save()
    audit(actor, "discard_rulebook_draft", _subject(draft))
    return draft


@transaction.atomic
def reject(actor: Actor, draft_id: int, *, reason: str) -> Draft:
    """Send a submitted draft back with a reason. Raises BadInput, NotReady, NotAllowed, NoDraft."""
    draft = _locked(draft_id)
    _allowed(actor, draft.name, APPROVE_RULES)
    _in_state(draft, SUBMITTED)
    if len(reason.strip()) < 4:
        raise BadInput("请写明退回的理由, 让起草人知道要改什么。", "reason")
    draft.status, draft.reason = REJECTED, _note(reason)
    _decided(draft, actor)
    audit(actor, "reject_rulebook_draft", _subject(draft), after={"reason": draft.reason})
    _tell(draft, f"规则修订被退回: {draft.title}", draft.reason)
    return draft


def approve(actor: Actor, draft_id: int, *, sha256: str) -> PublishedBook:
    """Publish a submitted draft as a version of its book.

    Approved is exactly the text of this hash, by somebody who had no hand in it; all conditions are checked again.
    Raises Overtaken, NotReady, NotAllowed, NoDraft; then nothing was published.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s)", [PUBLISHING])
        draft = _locked(draft_id)
        _allowed(actor, draft.name, APPROVE_RULES)
        if draft.status == PUBLISHED:
            at = clock.shown(int(draft.decided_at.timestamp())) if draft.decided_at else ""
            raise NotReady(f"这份草稿已由 {draft.approver} 于 {at} 批准发布, 没有重复发布。")
        _in_state(draft, SUBMITTED)
        _not_own(draft, actor)
        _same_text(draft, sha256)
        version = _meets_all(draft)
        draft.status = PUBLISHED
        decided_at = _decided(draft, actor)
        published = PublishedBook.objects.create(
            name=draft.name,
            version=version,
            text=draft.text,
            sha256=draft.sha256,
            published_at=decided_at,
            drafted_by=(draft.submitted_by or draft.author)[:60],
            approved_by=_by(actor),
        )
        told = {"version": version, "sha256": draft.sha256, "drafted_by": published.drafted_by, "draft": draft.pk}
        audit(actor, "publish_rulebook", _subject(draft), after=told)
        _tell(draft, f"规则已批准发布: {draft.title}", f"{_by(actor)} 批准, {_day(draft)}起施行。")
    books.look_again()
    return published


# -- conditions every act checks ------------------------------------------------------------------------------------


def _locked(draft_id: int) -> Draft:
    found = Draft.objects.select_for_update().filter(pk=draft_id).first()
    if found is None:
        raise NoDraft("没有这份草稿, 可能网址有误。请从草稿列表进入。")
    return found


def _allowed(actor: Actor, name: str, permission: str) -> None:
    why_not = queries.may_touch(actor, name, permission)
    if why_not:
        raise NotAllowed(why_not)


def _in_state(draft: Draft, *wanted: str) -> None:
    if draft.status not in wanted:
        able = "、".join(STATUSES[one] for one in wanted)
        raise NotReady(f"这份草稿现在是“{STATUSES[draft.status]}”, 只有{able}时才能这样办理。")


def _same_text(draft: Draft, sha256: str) -> None:
    if draft.sha256 != sha256:
        raise Overtaken("您打开之后草稿又有改动, 请刷新页面, 看过现在的全文再决定。")


def had_a_hand(draft: Draft, actor: Actor) -> bool:
    """Whether the actor began, saved or submitted the draft, or wrote a scenario for it."""
    hands = {draft.author_id, draft.submitted_by_id}
    hands |= set(DraftRevision.objects.filter(draft=draft).values_list("user_id", flat=True))
    hands |= set(draft.scenarios.values_list("user_id", flat=True))
    return actor.user_id in hands


def _not_own(draft: Draft, actor: Actor) -> None:
    if actor.user_id is None or had_a_hand(draft, actor):
        raise NotAllowed("参与起草或提交的人不能批准自己的修订, 请由另一位有批准权限的人批准。")


def _meets_all(draft: Draft) -> str:
    """The version's label, where every condition holds at this moment. Raises NotReady."""
    library = books.look_again()
    reading = texts.read(draft.name, draft.text, library)
    lacking = missing(conditions(draft, reading, library, queries.proof(draft)))
    if lacking:
        raise NotReady("还不能提交或发布: " + "; ".join(lacking) + "。", lacking)
    return reading.flat.version


# -- words ------------------------------------------------------------------------------------------------------------


def _keep(draft: Draft, actor: Actor) -> None:
    DraftRevision.objects.create(
        draft=draft,
        number=draft.revision,
        text=draft.text,
        user_id=actor.user_id,
        name=_by(actor),
        at=draft.changed_at,
    )


def _decided(draft: Draft, actor: Actor) -> datetime:
    at = _now()
    draft.approver_id, draft.approver, draft.decided_at, draft.changed_at = actor.user_id, _by(actor), at, at
    draft.save()
    return at


def _tell(draft: Draft, title: str, text: str, *, roles: bool = False) -> None:
    authors = [one for one in {draft.author_id, draft.submitted_by_id} if one is not None]
    at = int(draft.changed_at.timestamp())
    for place in queries.touched_by(draft.name) if roles else ():
        tell(
            kind="rules", title=title[:200], text=text, roles=("administrator",), platform_id=place.pk,
            url=f"/rulebooks/drafts/{draft.pk}/", key=f"rules:{draft.pk}:{draft.status}:{at}:{place.pk}", at=at,
        )  # fmt: skip
    if not roles and authors:
        tell(
            kind="rules", title=title[:200], text=text, users=authors,
            url=f"/rulebooks/drafts/{draft.pk}/", key=f"rules:{draft.pk}:{draft.status}:{at}", at=at,
        )  # fmt: skip


def _title(title: str) -> str:
    flat = " ".join(texts.clean(title).split())
    if not flat:
        raise BadInput("请写明修订事由, 例如: 咨询类办理时限由两个工作日改为三个。", "title")
    if len(flat) > LONGEST_TITLE:
        raise BadInput(f"修订事由过长, 最多 {LONGEST_TITLE} 字。", "title")
    return flat


def _note(note: str) -> str:
    plain = texts.clean(note).strip()
    if len(plain) > LONGEST_NOTE:
        raise BadInput(f"说明过长, 最多 {LONGEST_NOTE} 字。", "note")
    return plain


def _by(actor: Actor) -> str:
    return (actor.name or actor.username)[:60]


def _subject(draft: Draft) -> str:
    return f"rulebook:{draft.name} draft:{draft.pk}"


def _day(draft: Draft) -> str:
    return draft.effective.isoformat() if draft.effective else "未载明日期"


def _now() -> datetime:
    return datetime.fromtimestamp(clock.now(), UTC)

"""Files that a visitor chose before there is an order to keep them with: sealed outside the database, for two hours.

They wait under a random number that only the visitor's session knows, and go to the order in the transaction that
registers it. What is taken is what a phone makes: pictures, recordings, PDF.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Sequence

from django.db.models import Sum

from yixian.orders import attachments, clock, file_types, files, session
from yixian.orders.attachments import Upload
from yixian.orders.errors import BadInput, TooMany
from yixian.orders.models import Attachment
from yixian.parties import journal
from yixian.parties.access import Actor

KIND = "staging"
MOST, MOST_BYTES = 9, 40 * 1024 * 1024
"""Of one visitor."""
ALL_BYTES = 2 * 1024 * 1024 * 1024
"""Of all visitors together: what waits must not fill the disk."""
LIVES = 2 * 3600
TAKEN = frozenset(
    kind.mime
    for kind in (
        *(file_types.JPEG, file_types.PNG, file_types.WEBP, file_types.PDF),
        *(file_types.MP3, file_types.WAV, file_types.M4A),
    )
)
LISTED = "照片 (jpg、png、webp)、录音 (mp3、m4a、wav)、PDF"
_LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 7))"
_ORDER = "select id from orders_order where number = %s"
_DROP = """
delete from orders_attachment a where a.id in
    (select id from orders_attachment where owner_kind = %s and at < to_timestamp(%s) order by id limit 500)
returning a.sha256"""
_USED = "select distinct sha256 from orders_attachment where sha256 = any (%s)"


def new_owner() -> int:
    """A number that nobody guesses, to keep a visitor's files under."""
    return secrets.randbits(62) + 1


def keep(owner: int, uploads: Sequence[Upload]) -> list[Attachment]:
    """Keep the files of a visitor, all or none; the same content is kept once.

    Raises BadInput (empty, too large, disguised, not of a kind that is taken, too many), TooMany, Unavailable.
    """
    known = [(*_checked(name, content), content, hashlib.sha256(content).hexdigest()) for name, content in uploads]
    if (Attachment.objects.filter(owner_kind=KIND).aggregate(sum=Sum("size"))["sum"] or 0) > ALL_BYTES:
        raise TooMany("现在上传附件的人太多, 请先不带附件提交, 之后凭编号和查询码补充; 或稍后再试。")
    with session.together():
        session.fetch(_LOCK, [f"{KIND}:{owner}"])
        there = listed(owner)
        kept = {row.sha256 for row in there}
        fresh = {sha256: (name, mime, content) for name, mime, content, sha256 in known if sha256 not in kept}
        if len(there) + len(fresh) > MOST:
            raise BadInput(f"附件最多 {MOST} 个, 已有 {len(there)} 个", "file")
        if sum(row.size for row in there) + sum(len(row[2]) for row in fresh.values()) > MOST_BYTES:
            raise BadInput(f"附件合计最多 {MOST_BYTES // 1024 // 1024} MB, 请去掉一些或换小一点的", "file")
        at = dt.datetime.fromtimestamp(clock.real(), dt.UTC)
        for sha256, (name, mime, content) in fresh.items():
            files.put(content)
            Attachment.objects.create(
                owner_kind=KIND, owner_id=owner, name=name, mime=mime, size=len(content), sha256=sha256,
                by="requester", user_name="诉求人", at=at,
            )  # fmt: skip
    return listed(owner)


def _checked(name: str, content: bytes) -> tuple[str, str]:
    kind = file_types.kind_of(content)
    if content and (kind is None or kind.mime not in TAKEN):
        raise BadInput(f"“{file_types.clean_name(name)}”不是可以上传的文件, 网上提交只收{LISTED}", "file")
    kept, known = file_types.checked(name, content)
    return kept, known.mime


def listed(owner: int) -> list[Attachment]:
    """The files of a visitor that wait, oldest first."""
    return attachments.of_owner(KIND, owner) if owner else []


def remove(owner: int, attachment_id: int) -> None:
    """Take one file out again; its content goes with the next clearing."""
    Attachment.objects.filter(owner_kind=KIND, owner_id=owner, id=attachment_id).update(owner_id=-attachment_id)


def adopt(owner: int, order_no: str, actor: Actor, *, purpose: str = "", path: str = "", address: str = "") -> int:
    """Give what waits to the order, inside the caller's transaction; returns how many files. Raises BadInput."""
    waiting = listed(owner)
    if not waiting:
        return 0
    row = session.fetch_one(_ORDER, [order_no])
    if row is None:
        raise BadInput("没有这件工单", "file")
    session.fetch(_LOCK, [f"attachment:{attachments.ORDER}:{row[0]}"])
    there = {item.sha256 for item in attachments.of_owner(attachments.ORDER, row[0])}
    fresh = [item for item in waiting if item.sha256 not in there]
    if len(there) + len(fresh) > attachments.MOST:
        raise BadInput(f"一件诉求的附件最多 {attachments.MOST} 个, 已有 {len(there)} 个", "file")
    at = dt.datetime.fromtimestamp(clock.now(), dt.UTC)
    for item in fresh:
        Attachment.objects.filter(id=item.id).update(
            owner_kind=attachments.ORDER, owner_id=row[0], at=at, purpose=purpose
        )
        facts = {"name": item.name, "size": item.size, "sha256": item.sha256}
        journal.audit(actor, "上传附件", order_no, platform_path=path, after=facts, address=address)
    Attachment.objects.filter(owner_kind=KIND, owner_id=owner).delete()
    return len(fresh)


def clear(now: float | None = None) -> int:
    """Delete what has waited too long, and content that nothing else refers to; returns how many files left."""
    moment = clock.real() if now is None else now
    gone = 0
    while True:
        names = {row[0] for row in session.fetch(_DROP, [KIND, moment - LIVES])}
        if not names:
            return gone
        used = {row[0] for row in session.fetch(_USED, [list(names)])}
        gone += sum(files.drop(name, moment - LIVES) for name in names - used)

"""What-if runs: started by people, one at a time for a platform, worked off by the job queue, stopped when asked."""

from __future__ import annotations

import datetime as dt
import hashlib
import zlib

from django.db import IntegrityError, transaction
from django.utils import timezone

from yixian.orders.errors import BadInput, Denied, NotFound, OrderError
from yixian.orders.queries import Filters
from yixian.parties import access
from yixian.parties.access import Actor
from yixian.parties.models import User
from yixian.parties.roles import EDIT_RULES
from yixian.rulemaking import queries, whatif, whatif_books, whatif_filter, whatif_tally
from yixian.rulemaking.models import WhatIf
from yixian.rulemaking.whatif_models import DONE, FAILED, QUEUED, RUNNING, STOPPED
from yixian.rulemaking.whatif_tally import Tally

TASK = "try_rules"
KEPT = 30
SILENT = dt.timedelta(minutes=15)
_GONE = "推演进程中断了, 请重新开始。"


def start(user: User, actor: Actor, book: str, wanted: str) -> WhatIf:
    """Check book and filter, note the run and queue it. Raises BadInput, also where another run is under way."""
    chosen = _chosen(actor, book)
    whatif_filter.parse(wanted)
    now = timezone.now()
    WhatIf.objects.filter(platform=user.platform, status__in=(QUEUED, RUNNING), beat_at__lt=now - SILENT).update(
        status=FAILED, problem=_GONE, finished_at=now
    )
    made = WhatIf(
        platform=user.platform, scope=scope_of(actor), book=book, title=chosen.title[:200], wanted=wanted[:1000],
        asked_by_id=user.pk, asked_by=user.name, asked_at=now, beat_at=now,
    )  # fmt: skip
    try:
        with transaction.atomic():
            made.save(force_insert=True)
            _queue(made.pk)
    except IntegrityError:
        raise BadInput("本平台已有一次推演在进行, 请等它完成, 或先取消它", "book") from None
    return made


def _shelved(book: str) -> str:
    """A page takes books and drafts, never paths of this machine."""
    if "/" in book or "\\" in book or book.endswith((".yaml", ".yml")):
        raise BadInput("请选择规则书或草稿", "book")
    return book


def _chosen(actor: Actor, book: str) -> whatif_books.Chosen:
    """The rules asked for. A draft is for staff of the platforms it governs; what is wrong in it for its editors."""
    number = book.strip().removeprefix(whatif_books.DRAFT).strip()
    if not book.strip().startswith(whatif_books.DRAFT) or not (number.isascii() and number.isdigit()):
        return whatif_books.chosen(_shelved(book))
    if access.holds(actor, EDIT_RULES):
        queries.seen(actor, int(number[:18]))
        return whatif_books.chosen(book)
    governed = {place.pk for place in queries.touched_by(queries.draft(int(number[:18])).name)}
    if actor.kind == "unit" or not governed & set(actor.platform_ids):
        raise NotFound("没有这份草稿, 或您不能查看它。")
    try:
        return whatif_books.chosen(book)
    except BadInput:
        raise BadInput("这份草稿还有错误, 请起草人改好后再推演", "book") from None


def _queue(run_id: int) -> None:
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    app.with_connector(DjangoConnector(alias="default")).configure_task(TASK).defer(run_id=run_id)


def scope_of(actor: Actor) -> str:
    """Whose orders an actor sees, as one word: runs are shown to those who see the same."""
    own = access.scope(actor)
    seen = (own.kind, sorted(own.platform_ids), sorted(own.unit_codes))
    return hashlib.sha256(repr(seen).encode()).hexdigest()


def work(run_id: int) -> None:
    """Work a queued run off; whatever goes wrong is told in it. A run that is no longer queued is left alone."""
    now = timezone.now()
    if not WhatIf.objects.filter(pk=run_id, status=QUEUED).update(status=RUNNING, started_at=now, beat_at=now):
        return
    run = WhatIf.objects.get(pk=run_id)
    try:
        result = whatif_tally.encoded(_worked(run))
    except whatif.Stopped:
        _end(run, STOPPED)
    except OrderError as error:
        _end(run, FAILED, error.detail)
    except Exception:
        _end(run, FAILED, "推演时出现意外错误, 已记入日志, 请联系系统管理员。")
        raise
    else:
        _end(run, DONE, result=zlib.compress(result))
        _tidy(run)


def _worked(run: WhatIf) -> Tally:
    user = User.objects.select_related("platform", "unit").filter(pk=run.asked_by_id).first()
    if user is None or not user.is_active:
        raise Denied("发起推演的账号已停用")
    actor = access.actor_of(user)
    wanted: Filters = whatif_filter.parse(run.wanted)
    ids = whatif.chosen_orders(wanted, actor)
    return whatif.run(run.book, ids, progress=lambda done, total: _beat(run.pk, done, total))


def _beat(run_id: int, done: int, total: int) -> bool:
    """Say how far it is; False where people stopped it meanwhile."""
    running = WhatIf.objects.filter(pk=run_id, status=RUNNING)
    return bool(running.update(done=done, total=total, beat_at=timezone.now()))


def _end(run: WhatIf, status: str, problem: str = "", result: bytes | None = None) -> None:
    WhatIf.objects.filter(pk=run.pk, status=RUNNING).update(
        status=status, problem=problem, result=result, finished_at=timezone.now()
    )


def _tidy(run: WhatIf) -> None:
    """Only the latest results of a platform are kept."""
    kept = WhatIf.objects.filter(platform=run.platform_id).order_by("-id").values_list("id", flat=True)[:KEPT]
    WhatIf.objects.filter(platform=run.platform_id, finished_at__isnull=False).exclude(id__in=list(kept)).delete()


def stop(actor: Actor, user: User, run_id: int) -> None:
    """Cancel a run. Raises NotFound; a run that has ended stays as it is."""
    run = one(actor, user, run_id)
    WhatIf.objects.filter(pk=run.pk, status__in=(QUEUED, RUNNING)).update(status=STOPPED, finished_at=timezone.now())


def one(actor: Actor, user: User, run_id: int) -> WhatIf:
    """A run that the actor may see. Raises NotFound."""
    run = WhatIf.objects.filter(pk=run_id, platform=user.platform_id, scope=scope_of(actor)).first()
    if run is None:
        raise NotFound("没有这次推演, 或它不在您的数据范围内。")
    return run


def latest(actor: Actor, user: User) -> list[WhatIf]:
    """The latest runs that the actor may see, newest first, without their results."""
    found = WhatIf.objects.filter(platform=user.platform_id, scope=scope_of(actor)).defer("result")
    return list(found.order_by("-id")[:KEPT])


def tally(run: WhatIf) -> Tally:
    """The figures of a finished run."""
    return whatif_tally.decoded(zlib.decompress(bytes(run.result or b"")))

"""Lists exported in the background (导出): asked for by a person, written by a worker, fetched within seven days.

A worker that dies leaves a run without signs of life: another begins it anew, three times at most. `tries` fences the
one that was thought dead: it writes no further.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections.abc import Iterator, Sequence
from typing import IO, Any, cast

import msgspec
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from yixian.orders import clock, exporting, lists, sealed_exports
from yixian.orders.errors import BadInput, Denied, NotFound, OrderError, Unavailable
from yixian.orders.exporting import Cells
from yixian.orders.filters import Filters
from yixian.orders.models import ExportRun
from yixian.orders.models_lists import DONE, FAILED, GONE, QUEUED, RUNNING, STOPPED
from yixian.parties import access, journal
from yixian.parties.models import User
from yixian.parties.permission import Actor, holds
from yixian.parties.roles import MANAGE, READ_LOGS

TASK = "export_list"
MOST = 500_000
AT_ONCE = 2_000
UNDER_WAY = 3
SHOWN = 50
SILENT = dt.timedelta(seconds=45)
UNTAKEN = dt.timedelta(minutes=5)
KEPT = dt.timedelta(days=7)
TRIES = 3
BEAT_SECONDS = 1.0


class Stopped(Exception):
    """The person cancelled the run, or another worker took it over."""


def start(
    user: User,
    actor: Actor,
    wanted: Filters,
    ending: str,
    *,
    title: str,
    columns: Sequence[str] = (),
    address: str = "",
) -> ExportRun:
    """Note the run, journal it and queue it. Raises BadInput for an unknown ending or filter, or too many at a time."""
    if ending not in exporting.TYPES:
        raise BadInput("可以导出的格式有 xlsx 和 csv", "ending")
    about, now = lists.about(wanted, actor), timezone.now()
    run = ExportRun(
        platform=user.platform, user_id=user.pk, username=user.username, user_name=user.name, title=title[:120],
        ending=ending, asked={"filters": msgspec.to_builtins(wanted), "scope": scope_of(actor)},
        columns=list(columns), total=min(about, MOST), asked_at=now, beat_at=now, address=address[:64],
    )  # fmt: skip
    with transaction.atomic():
        User.objects.select_for_update().only("pk").get(pk=user.pk)
        if ExportRun.objects.filter(user_id=user.pk, status__in=(QUEUED, RUNNING)).count() >= UNDER_WAY:
            raise BadInput(f"您已有 {UNDER_WAY} 份导出在生成, 请等它们完成或取消后再导出")
        run.save(force_insert=True)
        after = {"filters": exporting.told(wanted), "about": about, "type": ending, "export": run.pk}
        journal.audit(actor, "导出清单", run.title, after=after, address=address)
        _queue(run.pk)
    return run


def _queue(run_id: int) -> None:
    """Hand the run to the workers, in the caller's transaction."""
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    app.with_connector(DjangoConnector(alias="default")).configure_task(TASK).defer(run_id=run_id)


def scope_of(actor: Actor) -> str:
    """Whose orders an actor sees, as one word: a file made under another scope is not handed out."""
    own = access.scope(actor)
    seen = (own.kind, sorted(own.platform_ids), sorted(own.unit_codes))
    return hashlib.sha256(repr(seen).encode()).hexdigest()


# --- the worker's part ----------------------------------------------------------------------------------------------


def work(run_id: int) -> ExportRun | None:
    """Write a queued run to its end; whatever goes wrong is told in it. Returns it where it ended, for the notice."""
    now = timezone.now()
    taken = ExportRun.objects.filter(pk=run_id, status=QUEUED)
    if not taken.update(status=RUNNING, started_at=now, beat_at=now, done=0, tries=F("tries") + 1):
        return None
    run = ExportRun.objects.get(pk=run_id)
    try:
        file = _written(run)
    except Stopped:
        return None
    except OrderError as error:
        return _ended(run, status=FAILED, problem=error.detail[:300])
    except Exception:
        _ended(run, status=FAILED, problem="导出时出现意外错误, 已记入日志, 请联系系统管理员。")
        raise
    ended = _ended(run, status=DONE, file=file.name, size=file.size, total=F("done"))
    if ended is None:
        sealed_exports.remove(file.name)
    return ended


def _written(run: ExportRun) -> sealed_exports.Sealed:
    user = User.objects.select_related("platform", "unit").filter(pk=run.user_id).first()
    if user is None or not user.is_active:
        raise Denied("导出人的账号已停用")
    actor, at = access.actor_of(user), clock.now()
    if scope_of(actor) != run.asked["scope"]:
        raise Denied("您的数据范围已经变化, 请重新导出")
    wanted = msgspec.convert(run.asked["filters"], Filters)
    keys = exporting.chosen(run.columns)
    file = sealed_exports.Sealed()
    try:
        exporting.write_to(
            cast("IO[bytes]", file), exporting.header(keys), _lines(run, wanted, actor, at, keys), run.ending,
            title=run.title, mark=exporting.mark(actor, at),
        )  # fmt: skip
        file.finish()
    except BaseException:
        file.abandon()
        raise
    return file


def _lines(run: ExportRun, wanted: Filters, actor: Actor, at: int, keys: Sequence[str]) -> Iterator[Cells]:
    done, beat = 0, time.monotonic()
    for row in exporting.rows(wanted, actor, most=MOST):
        yield exporting.cells(row, at, keys)
        done += 1
        if time.monotonic() - beat > BEAT_SECONDS:
            _beat(run, done)
            beat = time.monotonic()
    _beat(run, done)


def _mine(run: ExportRun) -> Any:
    return ExportRun.objects.filter(pk=run.pk, status=RUNNING, tries=run.tries)


def _beat(run: ExportRun, done: int) -> None:
    if not _mine(run).update(done=done, beat_at=timezone.now()):
        raise Stopped


def _ended(run: ExportRun, **facts: Any) -> ExportRun | None:
    """Close the run, if it is still this worker's."""
    if not _mine(run).update(finished_at=timezone.now(), **facts):
        return None
    return ExportRun.objects.get(pk=run.pk)


def tend() -> list[ExportRun]:
    """Every minute: begin anew what a dead worker left, fail what failed three times, remove what is seven days old.

    Returns the runs that failed now, for the notice.
    """
    now, failed = timezone.now(), []
    silent = Q(status=RUNNING, beat_at__lt=now - SILENT) | Q(status=QUEUED, beat_at__lt=now - UNTAKEN)
    for run in ExportRun.objects.filter(silent).order_by("beat_at")[:100]:
        same = ExportRun.objects.filter(pk=run.pk, status=run.status, tries=run.tries, beat_at=run.beat_at)
        if run.tries >= TRIES:
            problem = "导出多次中断, 没有完成。请缩小范围后再试, 或联系系统管理员。"
            if same.update(status=FAILED, problem=problem, finished_at=now):
                failed.append(run)
            continue
        with transaction.atomic():
            if same.update(status=QUEUED, beat_at=now):
                _queue(run.pk)
    for run in ExportRun.objects.filter(status=DONE, finished_at__lt=now - KEPT).order_by("finished_at")[:500]:
        sealed_exports.remove(run.file)
        ExportRun.objects.filter(pk=run.pk).update(status=GONE, file="")
    sealed_exports.clear_unfinished(86400)
    return failed


# --- the person's part ----------------------------------------------------------------------------------------------


def own(user: User) -> list[ExportRun]:
    """A person's latest exports, newest first."""
    return list(ExportRun.objects.filter(user_id=user.pk).order_by("-id")[:SHOWN])


def others(user: User, actor: Actor) -> list[ExportRun]:
    """The latest exports of others, which administrators and auditors know of but may not open."""
    if not (holds(actor, MANAGE) or holds(actor, READ_LOGS)):
        return []
    found = ExportRun.objects.filter(platform__in=list(actor.platform_ids)).exclude(user_id=user.pk)
    return list(found.select_related("platform").order_by("-id")[:SHOWN])


def one(user: User, run_id: int) -> ExportRun:
    """An export of one's own. Raises NotFound."""
    run = ExportRun.objects.filter(pk=run_id, user_id=user.pk).first()
    if run is None:
        raise NotFound("没有这份导出, 或它不是您的。")
    return run


def stop(user: User, run_id: int) -> bool:
    """Cancel an export of one's own; False where it had ended before. Raises NotFound."""
    run = one(user, run_id)
    under_way = ExportRun.objects.filter(pk=run.pk, status__in=(QUEUED, RUNNING))
    return bool(under_way.update(status=STOPPED, finished_at=timezone.now()))


def fetch(user: User, actor: Actor, run_id: int, *, address: str = "") -> tuple[ExportRun, Iterator[bytes]]:
    """The file of one's own finished export, part by part; journaled. Raises NotFound, Denied, Unavailable."""
    run = one(user, run_id)
    if run.status != DONE:
        raise NotFound("这份导出没有生成, 或已过期删除, 请重新导出。")
    if scope_of(actor) != run.asked["scope"]:
        raise Denied("您的数据范围已经变化, 请重新导出")
    content = sealed_exports.read(run.file)
    after = {"export": run.pk, "count": run.done, "type": run.ending}
    journal.audit(actor, "下载导出", run.title, after=after, address=address)
    return run, content


__all__ = ["ExportRun", "Unavailable", "fetch", "one", "others", "own", "start", "stop", "tend", "work"]

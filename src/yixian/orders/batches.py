"""Numbered batches of orders handed to others (导出批次): overdue ones for the 督查 body, the ledger of interim closes.

An overdue order stands in one batch per deadline it missed; any batch can be taken out again as it was written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import msgspec

from yixian.orders import books, clock, exporting, platforms, session
from yixian.orders.errors import BadInput, Denied, NotFound
from yixian.orders.exporting import Exported
from yixian.orders.models import ExportBatch, ExportedOrder
from yixian.orders.platforms import Known
from yixian.parties import access, journal
from yixian.parties.access import Actor
from yixian.parties.masking import mask_text
from yixian.rulebook import Rulebook

OVERDUE, INTERIM = "overdue", "interim"
KINDS = {OVERDUE: "逾期工单", INTERIM: "临时办结台账"}
MOST = 5000
HEADERS: dict[str, tuple[str, ...]] = {
    OVERDUE: ("工单编号", "类别", "主题", "内容摘要", "地点", "主办单位", "登记时间", "应办结时间", "逾期天数", "亮牌"),
    INTERIM: (
        "工单编号",
        "类别",
        "主题",
        "内容摘要",
        "主办单位",
        "登记时间",
        "承诺办结时间",
        "下次反馈进展",
        "进展逾期",
    ),
}
_LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 8))"
_LATE = """
select o.id, o.number, o.category, o.subject, o.excerpt, o.place, coalesce(nullif(u.name, ''), o.lead),
    extract(epoch from o.registered_at)::bigint, extract(epoch from d.due_at)::bigint, o.card
from orders_order o
join orders_deadline d on d.order_id = o.id and d.clock = 'reply' and d.status = 'running'
    and d.due_at < to_timestamp(%s)
left join parties_unit u on u.code = o.lead
where o.platform_id = any (%s) and o.state in ('dispatched', 'handling') and o.due_at < to_timestamp(%s)
and not exists (
    select from orders_exportedorder e join orders_exportbatch b on b.id = e.batch_id
    where e.order_id = o.id and e.mark = extract(epoch from d.due_at)::bigint and b.kind = 'overdue'
    and b.platform_id = %s
)
order by d.due_at, o.id limit %s"""
_INTERIM = """
select o.id, o.number, o.category, o.subject, o.excerpt, coalesce(nullif(u.name, ''), o.lead),
    extract(epoch from o.registered_at)::bigint, (s.body->>'promised')::bigint, extract(epoch from d.due_at)::bigint,
    coalesce(d.late, false)
from orders_order o join orders_snapshot s on s.order_id = o.id
left join orders_deadline d on d.order_id = o.id and d.clock = 'progress' and d.status = 'running'
left join parties_unit u on u.code = o.lead
where o.platform_id = any (%s) and o.flags @> '{interim_closed}' and o.flags <> '{}' and o.state = 'handling'
order by o.registered_at, o.id limit %s"""


class Batch(msgspec.Struct, frozen=True):
    """A batch as lists show it."""

    id: int
    kind: str
    title: str
    platform: str
    serial: int
    to: str
    basis: tuple[str, ...]
    count: int
    by: str
    at: int


def desks(actor: Actor) -> list[Known]:
    """The hotlines whose batches this actor may make: where they supervise as the hotline itself."""
    found = []
    for row in platforms.everything():
        if row.book and row.path == access.hotline_path(row.path) and _may(actor, row):
            found.append(row)
    return sorted(found, key=lambda row: row.path)


def _may(actor: Actor, platform: Known) -> bool:
    if actor.kind == "system":
        return True
    if actor.kind == "unit" or access.may(actor, "supervise", platform_path=platform.path) is not None:
        return False
    return access.voice(actor, "supervise", platform_path=platform.path) in ("hotline", "manager")


def make(kind: str, platform: str, actor: Actor, *, now: int | None = None, address: str = "") -> Batch:
    """Make the next batch of a hotline: what is overdue and in none yet, or the ledger as it stands.

    Raises Denied, BadInput (nothing to hand over, an unknown kind or platform).
    """
    if kind not in KINDS:
        raise BadInput(f"没有这种批次, 可选: {'、'.join(KINDS.values())}", "kind")
    found = platforms.of_code(platform)
    if not _may(actor, found):
        raise Denied("送督查和台账的批次由本平台的督办管理员生成。")
    at = clock.now() if now is None else now
    to, basis = _receiver(kind, books.in_force(found.book, books.local_day(at)))
    with session.together():
        session.fetch(_LOCK, [f"batch:{found.id}:{kind}"])
        lines = _lines(kind, found, at)
        if not lines:
            raise BadInput("没有新的逾期工单需要报送" if kind == OVERDUE else "现在没有临时办结的工单", "kind")
        last = ExportBatch.objects.filter(platform_id=found.id, kind=kind).order_by("-serial").first()
        row = ExportBatch.objects.create(
            platform_id=found.id,
            kind=kind,
            serial=last.serial + 1 if last else 1,
            to=to,
            basis=list(basis),
            count=len(lines),
            user_id=actor.user_id,
            user_name=actor.name[:60],
            at=dt.datetime.fromtimestamp(at, dt.UTC),
        )
        ExportedOrder.objects.bulk_create(
            [ExportedOrder(batch=row, order_id=order_id, mark=mark, cells=cells) for order_id, mark, cells in lines],
            batch_size=1000,
        )
        facts = {"serial": row.serial, "count": row.count, "to": to}
        journal.audit(actor, "生成导出批次", KINDS[kind], platform_path=found.path, after=facts, address=address)
    return _shown(row)


def _receiver(kind: str, book: Rulebook) -> tuple[str, tuple[str, ...]]:
    """To whom a batch goes and by which articles, as the book says."""
    if kind == OVERDUE:
        row = next((row for row in book.supervision if row.trigger == "overdue"), None)
        return (row.by, row.basis) if row is not None else ("", ())
    rule = book.interim_close
    if rule is None:
        return "", ()
    return "", tuple(dict.fromkeys((*rule.requires.basis, *(rule.progress_every.basis if rule.progress_every else ()))))


def _lines(kind: str, platform: Known, now: int) -> list[tuple[int, int, list[str]]]:
    own = [row.id for row in platforms.everything() if access.hotline_path(row.path) == platform.path]
    if kind == OVERDUE:
        rows = session.fetch(_LATE, [now, own, now, platform.id, MOST], prepare=False)
        return [(row[0], row[8], _late_cells(row, now)) for row in rows]
    return [(row[0], row[7] or 0, _interim_cells(row)) for row in session.fetch(_INTERIM, [own, MOST], prepare=False)]


def _late_cells(row: Sequence[Any], now: int) -> list[str]:
    words = [mask_text(text or "") for text in row[3:6]]
    days = max(1, -(-(now - row[8]) // 86400))
    card = {"red": "红牌", "yellow": "黄牌"}.get(row[9], "")
    return [row[1], row[2], *words, row[6] or "", clock.shown(row[7]), clock.shown(row[8]), str(days), card]


def _interim_cells(row: Sequence[Any]) -> list[str]:
    words = [mask_text(text or "") for text in row[3:5]]
    moments = [clock.shown(at) if at else "" for at in row[6:9]]
    return [row[1], row[2], *words, row[5] or "", *moments, "是" if row[9] else ""]


def listed(actor: Actor, *, limit: int = 100) -> list[Batch]:
    """The newest batches of the hotlines whose batches the actor makes."""
    own = [row.id for row in desks(actor)]
    return [_shown(row) for row in ExportBatch.objects.filter(platform_id__in=own).order_by("-at", "-id")[:limit]]


def waiting(actor: Actor, now: int | None = None) -> dict[str, dict[str, int]]:
    """Platform -> kind -> how many orders the next batch would hold."""
    at = clock.now() if now is None else now
    return {row.code: {kind: len(_lines(kind, row, at)) for kind in KINDS} for row in desks(actor)}


def file_of(batch_id: int, ending: str, actor: Actor, *, now: int | None = None, address: str = "") -> Exported:
    """A batch as a file, as it was written; taking it out is journaled. Raises NotFound, BadInput."""
    row = ExportBatch.objects.filter(id=batch_id).first()
    platform = platforms.of_id(row.platform_id) if row is not None else None
    if row is None or platform is None or not _may(actor, platform):
        raise NotFound("没有这个批次, 或它不属于您负责的平台。")
    at = clock.now() if now is None else now
    shown = _shown(row)
    lines = ExportedOrder.objects.filter(batch=row).order_by("order_id").values_list("cells", flat=True)
    cited = f"  送: {row.to}" if row.to else ""
    made = exporting.write(
        HEADERS[row.kind], lines.iterator(1000), ending, title=shown.title, mark=exporting.mark(actor, at) + cited
    )
    facts = {"count": made.count, "type": ending}
    journal.audit(actor, "导出批次", shown.title, platform_path=platform.path, after=facts, address=address)
    return made


def _shown(row: ExportBatch) -> Batch:
    at = int(row.at.timestamp())
    day = books.local_day(at)
    return Batch(
        id=row.pk,
        kind=row.kind,
        title=f"{KINDS[row.kind]}第{row.serial}批 {day:%Y-%m-%d}",
        platform=platforms.of_id(row.platform_id).name,
        serial=row.serial,
        to=row.to,
        basis=tuple(row.basis),
        count=row.count,
        by=row.user_name,
        at=at,
    )

"""What if: recorded orders decided again under other rules, counted; nothing is written to any order.

Memory is bounded: ids come from the list's index, records are read by the batch, and only figures and samples stay.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from functools import lru_cache
from multiprocessing import get_context

from yixian.lifecycle.whatif import compare, control
from yixian.lifecycle.whatif_said import World
from yixian.orders import clock, lists, session
from yixian.orders.errors import BadInput
from yixian.orders.queries import Filters
from yixian.parties.access import Actor
from yixian.rulemaking import whatif_books, whatif_tally
from yixian.rulemaking.whatif_records import Row, own_world, records
from yixian.rulemaking.whatif_tally import Tally

MOST_ORDERS = 100_000
BATCH = 250
Progress = Callable[[int, int], bool]
"""Told after each batch: orders done, orders in all; False stops the run."""


class Stopped(Exception):
    """The run was told to stop."""


def chosen_orders(wanted: Filters, actor: Actor, limit: int = MOST_ORDERS) -> list[int]:
    """The ids of the orders to try, newest first. Raises BadInput for an impossible limit, or where there are none."""
    if not 1 <= limit <= MOST_ORDERS:
        raise BadInput(f"一次最多推演 {MOST_ORDERS} 件工单, 件数应为 1 至 {MOST_ORDERS}", "limit")
    found = [order_id for batch in lists.ids(wanted, actor, most=limit) for order_id in batch]
    if not found:
        raise BadInput("没有符合条件的工单, 请放宽筛选条件或核对日期", "orders")
    return found


def run(
    book: str,
    ids: Sequence[int],
    *,
    now: int | None = None,
    workers: int = 1,
    proof: bool = False,
    progress: Progress | None = None,
    ready: Callable[[], None] | None = None,
) -> Tally:
    """Try these orders under the rules that `book` stands for, at the moments they were given, up to `now`.

    `proof`: also replay each under its own rules and list those that do not give their record again. `workers`: so many
    processes, each made ready by `ready`. Raises BadInput for a wrong book, Stopped.
    """
    moment = clock.now() if now is None else now
    chosen = whatif_books.chosen(book)
    tally = Tally()
    done = 0
    parts = _parts(book, chosen.world, ids, moment, proof, workers, ready)
    for size, part in parts:
        tally.add(part)
        done += size
        if progress is not None and not progress(done, len(ids)):
            parts.close()
            raise Stopped
    return tally


def _parts(
    book: str, world: World, ids: Sequence[int], now: int, proof: bool, workers: int, ready: Callable[[], None] | None
) -> Generator[tuple[int, Tally], None, None]:
    batches = [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]
    if workers <= 1 or len(batches) < 4:
        for batch in batches:
            yield len(batch), tried(batch, world, now, proof)
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), ready) as pool:
        running: dict[Future[bytes], int] = {}
        waiting: Iterator[Sequence[int]] = iter(batches)
        try:
            while True:
                while len(running) < workers * 2 and (following := next(waiting, None)) is not None:
                    running[pool.submit(_in_process, book, list(following), now, proof)] = len(following)
                if not running:
                    return
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    yield running.pop(future), whatif_tally.decoded(future.result())
        finally:
            for future in running:
                future.cancel()


@lru_cache(maxsize=4)
def _world(book: str) -> World:
    return whatif_books.chosen(book).world


def _in_process(book: str, ids: list[int], now: int, proof: bool) -> bytes:
    return whatif_tally.encoded(tried(ids, _world(book), now, proof))


def tried(ids: Sequence[int], world: World, now: int, proof: bool = False) -> Tally:
    """Try some orders; one view of the database for all their records."""
    with session.consistent():
        found = records(ids)
    tally = Tally()
    worlds: dict[tuple[str, str], World | None] = {}
    for record in found:
        row = record.row
        own = _own(worlds, row)
        tally.events += len(record.events)
        try:
            tally.count(row, compare(record.events, own, world, now, record.facts))
        except ValueError:
            tally.unread += 1
            continue
        tally.without_own += own is None
        if proof and own is not None:
            wrong = control(record.events, own, record.facts)
            if wrong:
                tally.control_failed.append(f"{row.number}: {'; '.join(wrong[:3])}")
    return tally


def _own(worlds: dict[tuple[str, str], World | None], row: Row) -> World | None:
    key = (row.book, row.version)
    if key not in worlds:
        worlds[key] = own_world(row)
    return worlds[key]

"""Messages brought as a table become orders: one row, one registration, through the one door.

Every row has an idempotency key made of the file's content and its row number, so that an import may be killed and
started again, or done twice, and still makes each row one order. Rows that cannot become one are reported.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from yixian.lifecycle import PayloadError, parse
from yixian.ops import imports_values, simulate_setup
from yixian.ops.imports_reading import ReadError, Row, Table, read
from yixian.ops.imports_values import BadValue
from yixian.orders import actions, store
from yixian.orders.deciding import Keys
from yixian.orders.errors import KeyClash, OrderError
from yixian.orders.outcome import Item, Outcome
from yixian.parties.access import SYSTEM
from yixian.parties.models import Platform
from yixian.rulebook import Rulebook

CHUNK = 200


class Result(msgspec.Struct):
    """What an import did. `known`: rows that were imported before; `reasons`: how often rows were skipped for what."""

    rows: int = 0
    made: int = 0
    known: int = 0
    skipped: int = 0
    guessed: int = 0
    reasons: dict[str, int] = {}
    report: str | None = None
    seconds: float = 0.0


class Skips:
    """The list of skipped rows, written as a csv file while the import runs; no file where nothing is skipped."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.reasons: dict[str, int] = {}
        self._file: Any = None

    def add(self, row: int, reason: str) -> None:
        """Note a row."""
        if self._file is None:
            try:
                self._file = self.path.open("w", encoding="utf-8-sig", newline="")
            except OSError as error:
                raise ReadError(
                    f"跳过清单 {self.path} 写不进去: {error.strerror}。请用 --report 指明一个可写的位置。"
                ) from error
            self._writer = csv.writer(self._file)
            self._writer.writerow(["行号", "原因"])
        self._writer.writerow([row, reason])
        self._file.flush()
        kind = reason.partition(":")[0]
        self.reasons[kind] = self.reasons.get(kind, 0) + 1

    def close(self) -> None:
        """Finish the file."""
        if self._file is not None:
            self._file.close()


@contextmanager
def skips(path: Path) -> Iterator[Skips]:
    """A list of skipped rows, closed at the end."""
    found = Skips(path)
    try:
        yield found
    finally:
        found.close()


class Messages:
    """One import of messages into a platform."""

    def __init__(self, table: Table, columns: dict[str, str], platform: Platform, book: Rulebook) -> None:
        self._table = table
        self._columns = columns
        self._platform = platform
        self._book = book

    def payload(self, row: Row, result: Result) -> dict[str, Any]:
        """The registration that a row means. Raises BadValue."""
        values = {field: row.values.get(column, "") for field, column in self._columns.items()}
        text = imports_values.body(values["text"])
        subject = imports_values.word(values.get("subject"))
        given = imports_values.word(values.get("category"))
        result.guessed += given is None
        guess = simulate_setup.category((subject or "") + text)
        sent = values.get("at", "").strip()
        payload = {
            "category": imports_values.category(given, self._book, guess),
            "text": text,
            "subject": subject,
            "channel": imports_values.word(values.get("channel")) or "web",
            "source": imports_values.word(values.get("source")),
            "domain": imports_values.word(values.get("domain")),
            "place": imports_values.word(values.get("place")),
            "requester": _requester(values),
            "received_from": _origin(self._table, values, imports_values.moment(sent) if sent else None),
        }
        return {key: value for key, value in payload.items() if value is not None}

    def run(
        self,
        listed: Skips,
        *,
        dry_run: bool = False,
        now: int | None = None,
        progress: Callable[[Result], None] | None = None,
    ) -> Result:
        """Register every row, or with `dry_run` only check it.

        Raises ReadError where the file breaks off, Unavailable when the database is away; done chunks stay done.
        """
        result = Result()
        began = time.monotonic()
        chunk: list[tuple[int, Item]] = []
        for row in read(self._table):
            result.rows += 1
            try:
                command = parse("register", self.payload(row, result), "requester")
            except BadValue as error:
                listed.add(row.number, str(error))
                continue
            except PayloadError as error:
                listed.add(row.number, f"{error.path}: {error.message}")
                continue
            chunk.append((row.number, Item(None, command, self._platform, self._key(row.number))))
            if len(chunk) >= CHUNK:
                self._give(chunk, listed, result, dry_run, now)
                chunk = []
                if progress is not None:
                    progress(result)
        self._give(chunk, listed, result, dry_run, now)
        result.reasons = listed.reasons
        result.skipped = sum(listed.reasons.values())
        result.report = str(listed.path) if result.skipped else None
        result.seconds = time.monotonic() - began
        return result

    def _key(self, row: int) -> str:
        return f"import/{self._platform.code}/{self._table.fingerprint}/{row}"

    def begun(self) -> bool:
        """Whether one of the first rows of this file was imported into this platform before."""
        command = parse("withdraw", {}, "system")  # the question is the key's alone, whatever it was used for
        rows = [row.number for row, _ in zip(read(self._table), range(CHUNK), strict=False)]
        keys = [Keys.of(SYSTEM, self._key(number), None, command, None) for number in rows]
        return bool(store.used_many(key.key for key in keys if key is not None))

    def _give(
        self, chunk: list[tuple[int, Item]], listed: Skips, result: Result, dry_run: bool, now: int | None
    ) -> None:
        if dry_run:
            result.made += len(chunk)
            return
        answers = actions.handle_many([item for _, item in chunk], SYSTEM, now) if chunk else []
        for (number, _), answer in zip(chunk, answers, strict=True):
            if isinstance(answer, KeyClash):
                listed.add(number, "该行以前导入过, 但内容或列的对应与上次不同, 没有重复登记")
            elif isinstance(answer, OrderError):
                listed.add(number, answer.detail)
            elif isinstance(answer, Outcome) and answer.replayed:
                result.known += 1
            else:
                result.made += 1


def _requester(values: dict[str, str]) -> dict[str, Any]:
    known = {key: imports_values.word(values.get(key)) for key in ("name", "phone", "id_number", "address")}
    found: dict[str, Any] = {key: value[:40] if key in ("phone", "id_number") else value
                             for key, value in known.items() if value}  # fmt: skip
    if not found.get("phone") and not found.get("id_number"):
        # Nobody to call: the record says so, as for any anonymous report.
        found["anonymous"] = True
    return found


def _origin(table: Table, values: dict[str, str], sent: int | None) -> dict[str, Any]:
    """Where the row comes from stays with the order: the file, the number there, and when it was written."""
    number = imports_values.word(values.get("number"))
    origin: dict[str, Any] = {"platform": f"导入: {table.path.name}"[: imports_values.LONGEST_WORD]}
    if number:
        origin["no"] = number
    if sent is not None:
        # The moment of writing, not of a dispatch: no clock starts from it, it stands in the number's place of origin.
        origin["no"] = f"{number or ''} ({time.strftime('%Y-%m-%d %H:%M', time.gmtime(sent + 8 * 3600))})".strip()
    return origin

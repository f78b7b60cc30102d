"""Reading tables that people bring (xlsx, csv): the header, then rows of text; what is broken is said in Chinese.

Rows are numbered as a spreadsheet shows them. Nothing is held in memory but one row at a time.
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import hashlib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import msgspec

ENCODINGS = ("utf-8-sig", "gb18030")
_SNIFF = 1 << 20
_HEADER_WITHIN = 10  # rows at the top in which the header is looked for (titles and notes stand above it)


class ReadError(Exception):
    """A file that cannot be read as a table: what is wrong, and what would be right."""


class Row(msgspec.Struct, frozen=True):
    """One row: its number in the file (as a spreadsheet counts) and its values by column name."""

    number: int
    values: dict[str, str]


class Table(msgspec.Struct, frozen=True):
    """A file that was opened: its columns, its sheet or encoding, and the fingerprint of its content."""

    path: Path
    columns: tuple[str, ...]
    how: str
    fingerprint: str
    header_row: int
    sheet: str | None = None


def inspect(path: Path, sheet: str | None = None) -> Table:
    """Find the header of a file. Raises ReadError for what is no table, is broken, or lacks the sheet."""
    if not path.is_file():
        raise ReadError(f"没有文件 {path}。请核对路径。")
    if path.stat().st_size == 0:
        raise ReadError(f"文件 {path.name} 是空的, 没有可导入的内容。")
    kind = path.suffix.lower()
    if kind == ".xls":
        raise ReadError(f"文件 {path.name} 是旧的 xls 格式, 请用表格软件另存为 xlsx 或 csv 后再导入。")
    if kind not in (".xlsx", ".xlsm", ".csv", ".tsv", ".txt"):
        raise ReadError(f"文件 {path.name} 的扩展名是 {kind or '空'}, 可以导入的是 xlsx 和 csv。")
    how = "xlsx" if kind in (".xlsx", ".xlsm") else _encoding(path)
    if how != "xlsx" and sheet is not None:
        raise ReadError("csv 文件没有工作表, 不能用 --sheet。")
    with _rows(path, how, sheet) as rows:
        for number, cells in rows:
            names = [_text(cell).strip() for cell in cells]
            if sum(1 for name in names if name) >= 2 or (number >= _HEADER_WITHIN and any(names)):
                return Table(path, _unique(names), how, fingerprint(path), number, sheet)
            if number >= _HEADER_WITHIN:
                break
    raise ReadError(f"文件 {path.name} 的前 {_HEADER_WITHIN} 行里没有表头 (至少两个有名称的列)。")


def fingerprint(path: Path) -> str:
    """The hash of a file's content: the same file under another name is the same file."""
    digest = hashlib.blake2b(digest_size=12)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def read(table: Table) -> Iterator[Row]:
    """The rows below the header; rows without any text are left out. Raises ReadError where the file breaks off."""
    with _rows(table.path, table.how, table.sheet) as rows:
        for number, cells in rows:
            if number <= table.header_row:
                continue
            found = {name: _text(cell) for name, cell in zip(table.columns, cells, strict=False) if name}
            if any(value.strip() for value in found.values()):
                yield Row(number, found)


def _unique(names: list[str]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    unique: list[str] = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        unique.append(f"{name}#{seen[name]}" if name and seen[name] > 1 else name)
    return tuple(unique)


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, dt.datetime):
        return cell.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


# --- the two kinds of files ---------------------------------------------------------------------------------------


@contextmanager
def _rows(path: Path, how: str, sheet: str | None) -> Iterator[Iterator[tuple[int, tuple[Any, ...]]]]:
    if how == "xlsx":
        with _workbook(path) as book:
            yield _cells_of_sheet(path, book, sheet)
    else:
        with path.open(encoding=how, newline="") as file:
            yield _cells_of_csv(path, file, how)


@contextmanager
def _workbook(path: Path) -> Iterator[Any]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, OSError, ValueError, EOFError) as error:
        raise ReadError(f"文件 {path.name} 不是完整的 xlsx 文件, 可能没有下载完或已损坏。请重新导出后再试。") from error
    try:
        yield book
    finally:
        book.close()


def _cells_of_sheet(path: Path, book: Any, sheet: str | None) -> Iterator[tuple[int, tuple[Any, ...]]]:
    names = list(book.sheetnames)
    if sheet is not None and sheet not in names:
        raise ReadError(f"文件 {path.name} 没有工作表 {sheet!r}; 现有的有: {'、'.join(names)}。")
    page = book[sheet] if sheet is not None else book.worksheets[0]
    try:
        yield from enumerate(page.iter_rows(values_only=True), 1)
    except (zipfile.BadZipFile, EOFError, KeyError, ValueError, SyntaxError) as error:
        raise ReadError(f"文件 {path.name} 的内容已损坏, 读到一半中断。请重新导出后再试。") from error


def _cells_of_csv(path: Path, file: TextIO, encoding: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    sample = file.read(_SNIFF // 16)
    file.seek(0)
    first = sample.partition("\n")[0]
    delimiter = max(",\t;", key=first.count)
    csv.field_size_limit(4 << 20)
    reader = csv.reader(file, delimiter=delimiter)
    try:
        while True:
            number = reader.line_num + 1  # the line a row begins on, where its text may hold line breaks
            cells = next(reader, None)
            if cells is None:
                return
            yield number, tuple(cells)
    except csv.Error as error:
        raise ReadError(f"文件 {path.name} 第 {reader.line_num} 行不是正确的 csv: {error}。") from error
    except UnicodeDecodeError as error:
        raise ReadError(f"文件 {path.name} 第 {reader.line_num} 行附近有不属于 {encoding} 编码的字节。") from error


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        sample = file.read(_SNIFF)
        whole = not file.read(1)
    if sample.startswith(b"PK\x03\x04"):
        raise ReadError(f"文件 {path.name} 其实是 xlsx, 请把扩展名改为 xlsx。")
    if b"\0" in sample[:4096]:
        raise ReadError(f"文件 {path.name} 不是文本, 不能当作 csv 读。请另存为 UTF-8 编码的 csv。")
    for name in ENCODINGS:
        try:
            codecs.getincrementaldecoder(name)().decode(sample, final=whole)
        except UnicodeDecodeError:
            continue
        return name
    raise ReadError(f"文件 {path.name} 的编码既不是 UTF-8 也不是 GB18030, 请另存为 UTF-8 编码的 csv。")

"""Which rules a what-if tries: a book's name, name@version, a YAML file, or draft:<number>; told plainly when wrong."""

from __future__ import annotations

from pathlib import Path

import msgspec

from yixian.lifecycle.whatif import as_in_force
from yixian.lifecycle.whatif_said import World
from yixian.orders import books
from yixian.orders.errors import BadInput
from yixian.rulebook import Library, Rulebook, RulebookError
from yixian.rulebook.findings import choose
from yixian.rulebook.sections import FlatBook, read_text

LARGEST_FILE = 1_000_000
DRAFT = "draft:"


class Chosen(msgspec.Struct, frozen=True):
    """The rules to try, as if always in force, with the calendar of their place; `title` is what people call them."""

    world: World
    title: str


def chosen(spec: str) -> Chosen:
    """The rules that a word stands for. Raises BadInput, naming the nearest book, or what is wrong in a file."""
    word = spec.strip()
    if not word:
        raise BadInput("请写明要推演的规则书: 名称、名称@版本、YAML 文件, 或 draft:草稿编号", "book")
    try:
        if word.startswith(DRAFT):
            return _of_draft(word.removeprefix(DRAFT).strip())
        if word.endswith((".yaml", ".yml")) or "/" in word:
            return _of_file(Path(word))
        return _of_shelf(word)
    except RulebookError as error:
        raise BadInput(str(error), "book") from error


def _of_shelf(word: str) -> Chosen:
    name, _, version = word.partition("@")
    library = books.look_again()
    if name not in library.names():
        raise BadInput(f"没有名为 {name!r} 的规则书; {choose(name, library.names())}", "book")
    versions = library.versions(name)
    known = {book.version: book for book in versions}
    if version and version not in known:
        raise BadInput(f"规则书 {name} 没有版本 {version!r}; {choose(version, known)}", "book")
    return _made(known[version] if version else versions[-1])


def _of_file(path: Path) -> Chosen:
    if not path.is_file():
        raise BadInput(f"没有文件 {path}, 请核对路径", "book")
    if path.stat().st_size > LARGEST_FILE:
        raise BadInput(f"文件 {path} 过大, 规则书不会超过 {LARGEST_FILE // 1000} KB", "book")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"文件 {path} 读不出来: 应为 UTF-8 编码的 YAML", "book") from error
    library = books.look_again()
    folder = path.resolve().parent.name
    flat = read_text(folder if folder in library.names() else path.stem, text, str(path))
    return _standing(library, flat)


def _standing(library: Library, flat: FlatBook) -> Chosen:
    shelf = library.standing(flat)
    found = next(book for book in shelf.versions(flat.name) if book.version.partition("+")[0] == flat.version)
    return _made(found, None if flat.name in library.names() else shelf)


def _of_draft(number: str) -> Chosen:
    from yixian.rulemaking import queries

    if not number.isascii() or not number.isdigit():
        raise BadInput(f"草稿编号应为数字, 如 draft:3, 现为 {number!r}", "book")
    return _made(queries.draft_book(int(number)), None, f"草稿 {number}: ")


def _made(book: Rulebook, shelf: Library | None = None, before: str = "") -> Chosen:
    calendar = books.calendar(book.name) if shelf is None else shelf.calendar(book.name)
    day = book.document.effective.value
    title = f"{before}{book.document.short or book.document.title}" + (f" ({day} 施行)" if day is not None else "")
    return Chosen(World(as_in_force(book), calendar), title)

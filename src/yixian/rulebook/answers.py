"""What is answered to the question which version of a book governs a day."""

from __future__ import annotations

from dataclasses import dataclass

from yixian.rulebook.findings import Finding
from yixian.rulebook.model import Basis, Rulebook


@dataclass(frozen=True, slots=True)
class VersionAnswer:
    """What governs a day: status in_force|continued|not_yet|expired|unknown, book, article, words for people.

    `superior`: the paper of the place above to which the book yields that day, its leaves already in `book`.
    `where`: for a day that no version governs, the line of the file that says so and what to do, for those who keep it.
    """

    status: str
    book: Rulebook | None
    basis: Basis = ()
    message: str = ""
    superior: Rulebook | None = None
    where: Finding | None = None

    @property
    def governs(self) -> bool:
        """True where new orders may be registered under it."""
        return self.status in ("in_force", "continued")

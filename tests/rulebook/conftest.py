"""A shelf of books of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rulebook.books import Shelf


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """An empty folder of books."""
    return Shelf(tmp_path)

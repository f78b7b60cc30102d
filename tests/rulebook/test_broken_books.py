"""The broken books of the language: each says what is wrong with it, where, and what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from yixian.rulebook.expectations import check

BROKEN = Path(__file__).parents[2] / "scenarios" / "language" / "broken_books"


@pytest.mark.parametrize("folder", sorted(path for path in BROKEN.iterdir() if (path / "expect.yaml").is_file()))
def test_a_broken_book_says_file_line_path_and_remedy(folder: Path) -> None:
    results = [result for result in check([str(BROKEN)]) if result.name == folder.name]
    assert len(results) == 1
    assert results[0].ok, (results[0].unexpected, results[0].missing)
    for finding in results[0].findings:
        assert folder.name in str(finding.file)
        assert finding.line > 0
        assert finding.path
        assert finding.remedy


def test_supervision_that_goes_on_to_no_row_is_said(tmp_path: Path) -> None:
    book = tmp_path / "city" / "2024-01-01.yaml"
    book.parent.mkdir()
    book.write_text(
        'jurisdiction: {code: "990000", name: 试验市, level: city, parent: "000000"}\n'
        "document: {title: 试验办法, effective: 2024-01-01}\nextends: national\nsupervision:\n"
        '  - {key: overdue, trigger: overdue, by: 督查室, cascade_to: no_efect, basis: "3"}\n'
        '  - {key: no_effect, trigger: manual, by: 市政府, basis: "4"}\n',
        encoding="utf-8",
    )
    (result,) = check([str(tmp_path)])
    assert result.ok
    (said,) = [finding for finding in result.findings if "cascade_to" in finding.message]
    assert "no_efect" in said.message
    assert "no_effect" in said.remedy

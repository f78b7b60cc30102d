"""Reading YAML 1.2: what is a boolean, what keeps its digits, what is refused and how."""

from __future__ import annotations

from pathlib import Path

import pytest

from yixian.rulebook.yaml_source import SourceError, parse_yaml, read_yaml

FILE = Path("zhuhai/2023-09-01.yaml")


def test_core_schema() -> None:
    read = parse_yaml("{a: yes, b: true, c: 2023-09-01, d: 10.10, e: 1:30, f: ~, g: 0756, h: 'true', i: on}", FILE)
    assert read == {
        "a": "yes", "b": True, "c": "2023-09-01", "d": "10.10", "e": "1:30", "f": None, "g": 756, "h": "true", "i": "on"
    }  # fmt: skip
    assert str(read["g"]) == "0756"


def test_lines_are_kept() -> None:
    read = parse_yaml("a: 1\nb:\n  - x\n  - {c: 2}\n", FILE)
    assert (read.lines["a"], read.lines["b"], read["b"].lines, read["b"][1].lines["c"]) == (1, 2, [3, 4], 4)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "重复"),
        ("a: [1, 2\n", 2, "YAML"),
        ("a: 1\n\tb: 2\n", 2, "制表符"),
        ("a: 1\n--- \nb: 2\n", 2, "一份"),
        ("a: !!python/object:os.system x\n", 1, "标签"),
        ("a: &b [*b]\n", 1, "指向了自己"),
        ("a：1\nb: c: 2\n", 2, "YAML"),
    ],
)
def test_refusals_name_file_line_and_remedy(text: str, line: int, words: str) -> None:
    with pytest.raises(SourceError) as caught:
        parse_yaml(text, FILE)
    said = str(caught.value)
    assert str(FILE) in said
    assert f"第 {line} 行" in said
    assert words in said
    assert caught.value.remedy


def test_not_utf8_and_missing(tmp_path: Path) -> None:
    file = tmp_path / "2024-01-01.yaml"
    file.write_bytes("标题: 一\n".encode() + "标题".encode("gb18030"))
    with pytest.raises(SourceError, match=r"第 2 行.*UTF-8"):
        read_yaml(file)
    with pytest.raises(SourceError, match="读不到文件"):
        read_yaml(tmp_path / "none.yaml")

"""Payloads: unknown, missing, over-long and ill-typed fields are told where and what would be right."""

from __future__ import annotations

from typing import Any

import pytest

from yixian.lifecycle import PayloadError, parse


@pytest.mark.parametrize(
    ("name", "payload", "path", "words"),
    [
        ("register", {"categry": "咨询", "text": "x", "channel": "phone"}, "categry", "category"),
        ("register", {"text": "x", "channel": "phone"}, "category", "缺少"),
        ("register", {"category": "咨询", "text": "", "channel": "phone"}, "text", "不能为空"),
        ("register", {"category": "咨询", "text": "长" * 20001, "channel": "phone"}, "text", "20000"),
        ("register", {"category": 5, "text": "x", "channel": "phone"}, "category", "类型不对"),
        (
            "register",
            {"category": "咨询", "text": "x", "channel": "p", "requester": {"phon": "1"}},
            "requester.phon",
            "phone",
        ),
        ("contact", {}, "reached", "缺少"),
        ("contact", {"reached": "yes"}, "reached", "类型不对"),
        ("dispatch", {"lead": "甲局", "mode": "both"}, "mode", "取值"),
        ("dispatc", {}, "", "dispatch"),
    ],
)
def test_a_payload_that_does_not_fit(name: str, payload: dict[str, Any], path: str, words: str) -> None:
    with pytest.raises(PayloadError) as error:
        parse(name, payload)
    assert error.value.path == path
    assert words in error.value.message


def test_emoji_and_rare_characters_are_ordinary_text() -> None:
    command = parse("register", {"category": "咨询", "text": "😀𠮷野家", "channel": "phone"})
    assert command.payload.text == "😀𠮷野家"  # type: ignore[attr-defined]

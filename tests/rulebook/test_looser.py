"""A child that is looser than its parent is loaded, and said to be."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.rulebook.books import Shelf

DAY = dt.date(2024, 6, 1)


PARENT = """
categories: [咨询, 投诉]
clocks:
  reply:
    owner: unit
    starts: dispatched
    stops: [replied]
    limits: [{when: {category: 咨询}, limit: 2wd, basis: "1"}, {when: {}, limit: 10wd, basis: "1"}]
  survey: {owner: requester, starts: reviewed, stops: [rated], limit: 24h, basis: "1"}
  report: {owner: unit, starts: published, limit: 3wd, backward: true, basis: "1"}
extension: {max_times: 1, length: 3wd, not_for: [redo], basis: "2"}
return: {requires: [reason, basis], after_sign: never, basis: "3"}
"""


WEB_ORDERS = """
clocks:
  reply:
    limits:
      - {when: {category: 咨询, channel: web}, limit: 4wd, basis: "1"}
      - {when: {category: 咨询}, limit: 48h, basis: "1"}
      - {when: {}, limit: 10wd, basis: "1"}
"""
EXTENSION = 'extension: {max_times: 2, length: 5wd, not_for: [], basis: "1"}'


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ('clocks: {reply: {limit: 3wd, basis: "1"}}', ["clocks.reply.limit"]),
        ('clocks: {reply: {limit: 2wd, basis: "1"}}', []),
        ('clocks: {reply: {limit: none, basis: "1"}}', ["clocks.reply.limit"] * 2),
        ('clocks: {reply: {limits: [{when: {category: 咨询}, limit: 1wd, basis: "1"}]}}', ["clocks.reply.limits"]),
        (WEB_ORDERS, ["clocks.reply.limits"]),
        ('clocks: {survey: {limit: 48h, basis: "1"}}', []),
        ('clocks: {report: {limit: 2wd, basis: "1"}}', ["clocks.report.limit"]),
        ('clocks: {report: {limit: 5wd, basis: "1"}}', []),
        (EXTENSION, ["extension.max_times", "extension.length", "extension.not_for"]),
        ('return: {requires: [reason], after_sign: with_reason, basis: "1"}', ["return.requires", "return.after_sign"]),
        ('return: {requires: [reason, basis, suggestion], after_sign: never, basis: "1"}', []),
    ],
)
def test_looser_children_are_said(shelf: Shelf, body: str, paths: list[str]) -> None:
    shelf.put("p", PARENT)
    shelf.put("a", f"extends: p\n{body}\n")
    assert shelf.looser("a") == paths
    assert shelf.library().version("a", DAY).status == "in_force"

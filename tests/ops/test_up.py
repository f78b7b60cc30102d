"""`yixian up` as a person runs it: it answers, survives the death of its parts, and leaves nothing behind."""

from __future__ import annotations

import gzip
import os
import signal
import urllib.request

import pytest
from tests.ops.running import Platform, platform, ready, until

__all__ = ["platform"]
pytestmark = pytest.mark.slow


def _is_small_on_the_wire(url: str) -> None:
    asked = urllib.request.Request(url, headers={"Accept-Encoding": "gzip, br"})
    with urllib.request.urlopen(asked, timeout=10) as answer:
        body = answer.read()
        assert answer.headers["Content-Encoding"] == "gzip"
        assert "max-age=600" in answer.headers["Cache-Control"]
        assert "Accept-Encoding" in answer.headers["Vary"]
    assert len(body) < 100_000 < len(gzip.decompress(body))


def test_it_answers_recovers_and_ends_whole(platform: Platform) -> None:
    ready(platform)
    assert platform.status() == 200
    _is_small_on_the_wire(platform.url + "static/vendor/tabler/tabler.min.css")
    assert platform.status("api/v1/orders") == 401

    for word in ("wiring.wsgi", "wiring.asgi", "ops.cli worker", "bin/postgres"):
        victim = platform.pid_of(word)
        os.kill(victim, signal.SIGKILL)
        restarted = until(
            lambda word=word, victim=victim: any(  # type: ignore[misc]
                word in line and pid != victim for pid, line in platform.children().items()
            ),
            20,
        )
        assert restarted, f"{word} was not restarted"
        assert until(lambda: platform.status() == 200, 60), f"no page after the death of {word}"

    platform.process.send_signal(signal.SIGTERM)
    assert platform.process.wait(30) == 0
    assert until(lambda: platform.children() == {}, 10), platform.children()

"""Commands over HTTP while web, worker and sweep die at random: nothing is lost, nothing is done twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.ops.running import Platform, platform, ready

__all__ = ["platform"]
pytestmark = pytest.mark.slow

CASES = 40
KILLS = 6
VICTIMS = ("granian", "ops.cli worker", "ops.cli sweep")
SEED = """
import json
from yixian.ops import boot
boot.database(); boot.django()
from yixian.parties import access, actions, credentials
root = actions.create_platform(actor=access.SYSTEM, code="kill", name="测试热线", level="city", book="zhuhai")
unit = actions.create_unit(actor=access.SYSTEM, platform=root, code="kill-unit", name="测试单位")
tokens = {}
people = {"desk": (None, ("agent", "dispatcher", "reviewer")), "clerk": (unit, ("unit_clerk", "unit_leader"))}
for name, (own, roles) in people.items():
    user = actions.create_user(actor=access.SYSTEM, platform=root, username=name, name="测试人员", unit=own,
                               password="Correct-Horse-Battery-9", roles=roles, must_change_password=False)
    tokens[name] = credentials.issue_token(actor=access.SYSTEM, user=user, name="kill", scopes=["*"]).raw
print(json.dumps(tokens))
"""
COUNT = """
import json
from yixian.ops import boot
boot.database(); boot.django()
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("select number, array_agg(kind order by seq) from orders_order join orders_event"
                   " on orders_event.order_id = orders_order.id group by number")
    print(json.dumps(dict(cursor.fetchall())))
"""
STEPS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("desk", "dispatch", {"lead": "kill-unit"}),
    ("clerk", "sign", {}),
    ("clerk", "contact", {"reached": True}),
    ("clerk", "reply", {"text": "办理时间、办理经过、办理结果、法律依据俱全。", "contacted": True}),
    ("desk", "pass_review", {}),
)


def _python(platform: Platform, script: str) -> Any:
    environment = {**os.environ, "YIXIAN_HOME": str(platform.home)}
    environment.pop("DATABASE_URL", None)
    told = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60)
    assert told.returncode == 0, told.stderr[-2000:]
    return json.loads(told.stdout.splitlines()[-1])


def _cli(platform: Platform, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "YIXIAN_HOME": str(platform.home)}
    environment.pop("DATABASE_URL", None)
    line = [sys.executable, "-m", "yixian.ops.cli", *words]
    return subprocess.run(line, env=environment, capture_output=True, text=True, timeout=120)


def _send(platform: Platform, token: str, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
    """Send until answered, always under the same key, as a client does that does not know what became of its call."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Idempotency-Key": key}
    data = json.dumps(body).encode()
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        request = urllib.request.Request(platform.url + path, data, headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=15) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            if error.code < 500 and error.code != 429:
                raise AssertionError((path, error.code, error.read()[:500])) from error
        except (OSError, ValueError):
            pass
        time.sleep(0.2)
    raise AssertionError(f"no answer to {path}")


def _life(platform: Platform, tokens: dict[str, str], case: int) -> str:
    body = {
        "category": "投诉",
        "channel": "phone",
        "text": f"第 {case} 件",
        "requester": {"phone": f"1390000{case:04d}"},
    }
    number = str(_send(platform, tokens["desk"], "api/v1/orders", body, f"case-{case}")["number"])
    for who, command, payload in STEPS:
        path = f"api/v1/orders/{number}/commands/{command}"
        _send(platform, tokens[who], path, payload, f"case-{case}-{command}")
    return number


def _kill_at_random(platform: Platform, over: threading.Event) -> int:
    rng = random.Random(20261122)
    killed = 0
    while killed < KILLS and not over.is_set():
        time.sleep(rng.uniform(0.3, 1.5))
        running = [pid for pid, line in platform.children().items() if any(word in line for word in VICTIMS)]
        if running:
            try:
                os.kill(rng.choice(running), signal.SIGKILL)
                killed += 1
            except ProcessLookupError:
                continue
    return killed


def test_nothing_is_lost_and_nothing_done_twice(platform: Platform) -> None:
    ready(platform)
    tokens = _python(platform, SEED)
    over = threading.Event()
    with ThreadPoolExecutor(5) as pool:
        killer = pool.submit(_kill_at_random, platform, over)
        numbers = list(pool.map(lambda case: _life(platform, tokens, case), range(CASES)))
        over.set()
        assert killer.result() > 0
    histories: dict[str, list[str]] = _python(platform, COUNT)
    assert set(histories) == set(numbers)
    assert len(set(numbers)) == CASES
    for kinds in histories.values():
        assert kinds == ["registered", "dispatched", "signed", "contacted", "replied", "review_passed"]
    verified = _cli(platform, "audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    rebuilt = _cli(platform, "orders", "rebuild")
    assert rebuilt.returncode == 0, rebuilt.stdout + rebuilt.stderr

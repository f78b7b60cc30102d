"""Pictures of every page at desk and phone width, from a demo of its own; `make screenshots` runs it.

Run as `python -m tests.browser.screens FOLDER`; further arguments are the users whose pages are taken, "public" for
the portal. What is wider than its window, fails or complains in the console is printed, and makes the exit code 1.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.walking import DESK, PHONE, USERS, Stop, Walk, demo

ARGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def chromium() -> str:
    """The installed Chromium. Raises SystemExit with the remedy where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        raise SystemExit("没有安装 chromium: apt-get install -y chromium fonts-noto-cjk")
    return found


def take(folder: Path, users: tuple[str | None, ...], orders: int) -> list[str]:
    """Take all pictures; returns what was wrong."""
    wrong: list[str] = []
    with demo(orders) as running, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=ARGS, headless=True)
        for kind, size in (("desk", DESK), ("phone", PHONE)):
            walk = Walk(browser, running, size)
            into = folder / kind
            into.mkdir(parents=True, exist_ok=True)
            began = time.monotonic()

            def look(page: Page, stop: Stop, into: Path = into, kind: str = kind, wrong: list[str] = wrong) -> None:
                wide = page.evaluate(WIDE)
                if wide > 0:
                    wrong.append(f"{kind} {stop.path} ({stop.title}): {wide} px wider than the window")
                page.screenshot(path=str(into / f"{stop.title}.png"), full_page=kind == "phone")

            stops = walk.run(look, users)
            wrong += walk.errors
            print(f"{kind}: {len(stops)} 页, {time.monotonic() - began:.0f} 秒, 在 {into}")
        browser.close()
    return wrong


def main(folder: Path, *only: str) -> int:
    """Take the pictures of all users, or of those named."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yixian.wiring.settings")
    import django

    django.setup()
    chosen = tuple(user for user in USERS if not only or (user or "public") in only)
    wrong = take(folder, chosen, int(os.environ.get("ORDERS", "150")))
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))

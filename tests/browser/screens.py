"""Pictures of every page at desk and phone width, from a seeded throw-away database.

Run as `python -m tests.browser.screens FOLDER`; a second argument keeps only pages whose name contains it.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ARGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
DESK = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}


def chromium() -> str:
    """The installed Chromium. Raises SystemExit with the remedy where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        raise SystemExit("没有安装 chromium: apt-get install -y chromium fonts-noto-cjk")
    return found


@contextmanager
def serving() -> Iterator[tuple[str, Any]]:
    """A server on a seeded database of its own; gives its address and what the seed made."""
    home = tempfile.mkdtemp(prefix="yixian-screens-")
    Path(home).chmod(0o755)
    os.environ |= {
        "YIXIAN_HOME": home,
        "DJANGO_SETTINGS_MODULE": "yixian.wiring.settings",
        "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
    }
    from yixian.ops.embedded import Cluster

    cluster = Cluster(Path(home) / "c", durable=False)
    cluster.start()
    try:
        os.environ["DATABASE_URL"] = cluster.create_database("yixian")
        import django

        django.setup()
        from django.contrib.staticfiles.handlers import StaticFilesHandler
        from django.core.management import call_command
        from django.test.testcases import LiveServerThread

        from tests.web import seed

        call_command("migrate", verbosity=0)
        made = seed.town()
        server = LiveServerThread("127.0.0.1", StaticFilesHandler)
        server.daemon = True
        server.start()
        server.is_ready.wait()
        if server.error:
            raise server.error
        try:
            yield f"http://127.0.0.1:{server.port}", made
        finally:
            server.terminate()
    finally:
        from django.db import connections

        connections.close_all()
        cluster.delete()
        shutil.rmtree(home, ignore_errors=True)


class Camera:
    """Opens pages as somebody and keeps pictures of them."""

    def __init__(self, browser: Browser, address: str, folder: Path, wanted: str) -> None:
        self.browser, self.address, self.folder, self.wanted = browser, address, folder, wanted
        self.errors: list[str] = []

    def context(self, size: dict[str, int], username: str | None) -> BrowserContext:
        """A browser of this size, logged in as this user."""
        from tests.web.seed import PASSWORD

        made = self.browser.new_context(viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai")  # type: ignore[arg-type]
        if username:
            page = made.new_page()
            page.goto(self.address + "/login/")
            page.fill("#username", username)
            page.fill("#password", PASSWORD)
            page.click("button")
            page.wait_for_url(lambda url: "/login/" not in url)
            page.close()
        return made

    def shoot(self, page: Page, name: str, *, whole: bool = False) -> None:
        """One picture, and a note of anything wider than the window."""
        page.wait_for_load_state("networkidle")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            self.errors.append(f"{name}: {wide} px wider than the window")
        page.screenshot(path=str(self.folder / f"{name}.png"), full_page=whole)

    def take(self, size: dict[str, int], kind: str, username: str | None, pages: dict[str, str]) -> None:
        """A picture of each page as this user at this size."""
        pages = {name: path for name, path in pages.items() if self.wanted in f"{kind}-{name}"}
        if not pages:
            return
        context = self.context(size, username)
        page = context.new_page()
        page.on("console", lambda line: self.errors.append(f"{kind}: {line.text}") if line.type == "error" else None)
        for name, path in pages.items():
            answer = page.goto(self.address + path)
            if answer and answer.status >= 500:
                self.errors.append(f"{kind}-{name}: {answer.status}")
            self.shoot(page, f"{kind}-{name}", whole=kind == "phone")
        context.close()


def pages(town: Any) -> dict[str, dict[str | None, dict[str, str]]]:
    """What is photographed, by user."""
    o = town.orders
    return {
        "desk": {
            None: {
                "home": "/",
                "login": "/login/",
                "submit": "/submit/",
                "progress": "/progress/",
                "missing": "/nowhere/",
                "law-shelf": "/rulebooks/",
                "law-article": "/rulebooks/lezhi/附件2.注2",
            },
            "supervisor": {
                "queue": "/orders/",
                "late": "/orders/?due=late",
                "empty": "/orders/?q=没有这样的词",
                "closed": f"/orders/{o['closed']}/",
                "shelf": "/rulebooks/",
                "law-book": "/rulebooks/zhuhai/",
                "law-articles": "/rulebooks/lezhi/?by=article",
                "law-article": "/rulebooks/zhuhai/10.4",
                "law-compare": "/rulebooks/compare/?a=zhuhai&b=lezhi",
                "registers": "/registers/",
                "works": "/registers/works/",
                "talk": "/registers/accountability/new/",
                "account": "/account/",
                "returning": f"/orders/{o['returning']}/",
                "notices": "/notices/",
                "alarms": "/alarms/",
                "supervision": "/supervision/",
                "figures": "/figures/",
            },
            "agent": {"register": "/register/", "new": f"/orders/{o['emergency']}/"},
            "dispatcher": {"dispatch": f"/orders/{o['new']}/act/dispatch/"},
            "water-clerk": {
                "clerk": "/orders/",
                "handling": f"/orders/{o['handling']}/",
                "reply": f"/orders/{o['handling']}/act/reply/",
                "return": f"/orders/{o['handling']}/act/request_return/",
                "lateorder": f"/orders/{o['late']}/",
            },
            "reviewer": {"review": f"/orders/{o['replied']}/", "sendback": f"/orders/{o['replied']}/act/send_back/"},
        },
        "phone": {
            None: {
                "home": "/",
                "login": "/login/",
                "submit": "/submit/",
                "progress": "/progress/",
                "law-article": "/rulebooks/zhuhai/10.4",
                "law-compare": "/rulebooks/compare/?a=zhuhai&b=lezhi",
            },
            "supervisor": {"queue": "/orders/", "closed": f"/orders/{o['closed']}/", "law-book": "/rulebooks/zhuhai/"},
            "water-clerk": {"handling": f"/orders/{o['handling']}/", "reply": f"/orders/{o['handling']}/act/reply/"},
            "agent": {"register": "/register/"},
        },
    }


def main(folder: Path, wanted: str = "") -> int:
    """Take all pictures; returns 1 where a page failed or was too wide."""
    folder.mkdir(parents=True, exist_ok=True)
    with serving() as (address, town), sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=ARGS, headless=True)
        camera = Camera(browser, address, folder, wanted)
        for kind, size in (("desk", DESK), ("phone", PHONE)):
            for username, wanted_pages in pages(town)[kind].items():
                camera.take(size, kind, username, wanted_pages)
        browser.close()
    for error in camera.errors:
        print(error)
    print(f"{len(list(folder.glob('*.png')))} 张图片在 {folder}")
    return 1 if camera.errors else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:3]))

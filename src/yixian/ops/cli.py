"""The `yixian` command line. Subcommands are imported only when called, so that the pure ones never load Django.

A subcommand whose module is not part of this installation is not listed.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import click

from yixian import __version__
from yixian.ops.usage import explain


@dataclass(frozen=True)
class Lazy:
    """Where a subcommand stands, what its help line says, and whether it works on the database."""

    target: str  # module:attribute
    help: str
    database: bool = False
    hidden: bool = False


COMMANDS: dict[str, Lazy] = {
    "up": Lazy("yixian.ops.serve:up", "启动整个平台: 数据库、网页、实时消息、后台任务、时限巡检"),
    "demo": Lazy("yixian.ops.serve:demo", "启动平台并生成五个地区一年的演示工单"),
    "doctor": Lazy("yixian.ops.doctor:doctor", "体检: 机器、数据库、日历、规则书"),
    "migrate": Lazy("yixian.ops.maintain:migrate", "建立或升级数据库表", database=True),
    "rulebook": Lazy("yixian.rulebook.cli:rulebook", "规则书: 检查、展示、比较"),
    "scenario": Lazy("yixian.scenario.cli:group", "场景: 把可执行的条文跑一遍"),
    "clauses": Lazy("yixian.scenario.clauses_cli:command", "条文对照表: 每一条在何处、由什么示例"),
    "import": Lazy("yixian.ops.imports:group", "导入群众来信和历史工单", database=True),
    "simulate": Lazy("yixian.ops.simulate:command", "用真实来信在虚拟时间上走完全流程", database=True),
    "orders": Lazy("yixian.ops.orders_cli:group", "工单: 由事件重建全部派生数据", database=True),
    "audit": Lazy("yixian.ops.orders_cli:audit", "核验事件日志的哈希链", database=True),
    "replay": Lazy("yixian.ops.replay:command", "推演: 把已有工单放到另一部规则下重演", database=True),
    "sweep": Lazy("yixian.ops.sweeper:command", "时限巡检: 触发到期的时限", database=True),
    "live": Lazy("yixian.ops.serve:live", "实时消息进程: 页面上随即出现新工单和亮牌", database=True),
    "worker": Lazy("yixian.ops.maintain:worker", "后台任务进程", database=True),
    "prepare": Lazy("yixian.ops.maintain:prepare", "建表并收集静态文件", database=True, hidden=True),
    "divisions": Lazy("yixian.ops.divisions_cli:group", "行政区划: 导入地点选择用的区划表", database=True),
    "bench": Lazy("yixian.ops.bench:command", "性能测试, 输出表格和 JSON"),
    "demo-data": Lazy("yixian.ops.maintain:demo_data", "只生成演示数据, 不启动服务", database=True, hidden=True),
}


PACKAGE = Path(__file__).resolve().parents[1]
KNOWN_FAILURES = {"DatabaseUnavailable", "DatabaseUrlError", "SecretError"}


class LazyGroup(click.Group):
    """A group whose commands are known by name and help line; their modules load when one is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands that this installation has."""
        return [name for name, lazy in COMMANDS.items() if not lazy.hidden and _present(lazy)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command; when it needs the database, make sure of that first (not for its help)."""
        lazy = COMMANDS.get(cmd_name)
        if lazy is None or not _present(lazy):
            return None
        if lazy.database:
            from yixian.ops import boot

            if not {"--help", "-h"} & set(sys.argv):
                boot.database()
            boot.django()
        module, attribute = lazy.target.split(":")
        command = getattr(import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{lazy.target} is not a click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The help's list of commands, from the table alone: nothing is imported."""
        rows = [(name, COMMANDS[name].help) for name in self.list_commands(ctx)]
        with formatter.section("命令"):
            formatter.write_dl(rows)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Like click's, with the unknown command named in Chinese."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            ctx.fail(f"没有命令 {args[0]!r}。可用的命令: {'、'.join(self.list_commands(ctx))}。")
        return super().resolve_command(ctx, args)


def _present(lazy: Lazy) -> bool:
    """Whether the module's file exists; asking the import system would import the package around it."""
    module = lazy.target.split(":")[0].split(".")[1:]
    path = PACKAGE.joinpath(*module)
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="yixian")
def group() -> None:
    """一线 Yixian: 12345 政务服务便民热线平台。"""


def main() -> None:
    """The console script: known failures end with a sentence and exit code 1, not with a trace."""
    try:
        with group.make_context("yixian", sys.argv[1:]) as context:
            group.invoke(context)
    except click.exceptions.Exit as ending:
        raise SystemExit(ending.exit_code) from None
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        raise SystemExit(error.exit_code) from None
    except click.ClickException as error:
        click.echo(f"错误: {explain(error)}", err=True)
        raise SystemExit(error.exit_code) from None
    except (click.Abort, KeyboardInterrupt):
        click.echo("已中断。", err=True)
        raise SystemExit(130) from None
    except (RuntimeError, ValueError) as error:
        # By name: importing the classes would load the database driver even for the pure commands.
        if type(error).__name__ not in KNOWN_FAILURES:
            raise
        click.echo(f"错误: {error}", err=True)
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()

"""Every route of the API, in one table: method, path, permission, what it takes and answers."""

from __future__ import annotations

from typing import Any

import msgspec

from yixian.api import advising, beside, commands, public, rating, reading, rulebooks, service
from yixian.api.advising import AdviceOut
from yixian.api.commands import BulkDone
from yixian.api.order_shapes import OrderDetail, OrderPage
from yixian.api.parameters import DATE, Parameter, words
from yixian.api.routes import COMMAND, PUBLIC, SIGNED_IN, Route, Routes
from yixian.api.schemas import Actions, Done, Health, Revealed, Timeline, Unmask
from yixian.api.service import Kinds
from yixian.lifecycle.commands import COMMANDS, Spec
from yixian.parties.roles import READ_ORDERS, REVEAL

_KEY = Parameter(
    "Idempotency-Key",
    "幂等键: 同一键重发同一请求时返回首次的结果, 不会重复办理",
    {"type": "string", "pattern": "^[!-~]{1,200}$"},
    where="header",
)
_PLATFORM = Parameter("platform", "平台代码, 默认为本人所在平台", words(40))
_ORDER_PROBLEMS = ("unknown-order",)
_COMMAND_PROBLEMS = ("unknown-order", "wrong-state", "conflict", "idempotency-clash")
_CODE_PROBLEMS = ("wrong-query-code", "wrong-state", "conflict", "idempotency-clash")


def _command(spec: Spec) -> Route:
    return Route(
        "POST",
        f"/orders/{{number}}/commands/{spec.name}",
        spec.name,
        spec.title,
        COMMAND + spec.name,
        commands.command_endpoint(spec.name),
        "指令",
        Done,
        body=spec.payload,
        body_required=any(field.required for field in msgspec.structs.fields(spec.payload)),
        parameters=(_KEY,),
        problems=_COMMAND_PROBLEMS,
    )


_COMMANDS = (
    Route(
        "POST",
        "/orders",
        "register",
        "登记",
        COMMAND + "register",
        commands.register,
        "指令",
        Done,
        status=201,
        body=COMMANDS["register"].payload,
        body_required=True,
        parameters=(_PLATFORM, _KEY),
        problems=("wrong-state", "conflict", "idempotency-clash"),
    ),
    *(_command(spec) for spec in COMMANDS.values() if spec.name != "register"),
    Route(
        "POST",
        "/commands",
        "bulk",
        "批量指令",
        SIGNED_IN,
        commands.bulk,
        "指令",
        BulkDone,
        body=commands.Items,
        body_required=True,
        parameters=(_PLATFORM,),
        words="每次最多 500 条, 按次序办理, 各有结果; 一条不成不影响其他。每条各自检查权限。",
    ),
)

_ORDERS = (
    Route(
        "GET",
        "/orders",
        "orders",
        "工单清单",
        READ_ORDERS,
        reading.listed,
        "工单",
        OrderPage,
        parameters=reading.FILTERS,
        words="按登记时间从新到旧; 下一页用回答中的 next_cursor。只列出本人数据范围内的工单。",
    ),
    Route(
        "GET",
        "/orders/{number}",
        "order",
        "工单详情",
        READ_ORDERS,
        reading.detail,
        "工单",
        OrderDetail,
        problems=_ORDER_PROBLEMS,
        words="诉求人信息已隐去; 需要原文时用 unmask 并说明原因。",
    ),
    Route(
        "GET",
        "/orders/{number}/timeline",
        "timeline",
        "办理记录",
        READ_ORDERS,
        reading.timeline,
        "工单",
        Timeline,
        problems=_ORDER_PROBLEMS,
    ),
    Route(
        "GET",
        "/orders/{number}/actions",
        "actions",
        "可办理的指令",
        READ_ORDERS,
        reading.actions_of,
        "工单",
        Actions,
        problems=_ORDER_PROBLEMS,
        words="每项指令现在可否办理, 不可办理的附原因和条文。",
    ),
    Route(
        "GET",
        "/orders/{number}/advice",
        "advice",
        "派单建议",
        READ_ORDERS,
        advising.advice,
        "工单",
        AdviceOut,
        problems=_ORDER_PROBLEMS,
        words="同类事项的指定先例, 本平台最近同类工单的主办单位; 只给可以派单的人。",
    ),
    Route(
        "POST",
        "/orders/{number}/unmask",
        "unmask",
        "查看诉求人信息",
        REVEAL,
        reading.unmask,
        "工单",
        Revealed,
        body=Unmask,
        body_required=True,
        problems=_ORDER_PROBLEMS,
        words="须说明原因; 每次查看都记入查看记录。",
    ),
)
_BESIDE = (
    Route(
        "POST",
        "/orders/{number}/attachments",
        "attach",
        "上传附件",
        SIGNED_IN,
        beside.attach,
        "工单",
        beside.AttachmentOut,
        parameters=(beside.NAME,),
        takes=beside.BINARY,
        problems=(*_ORDER_PROBLEMS, "too-large", "invalid-payload"),
        words="请求内容就是文件本身, 最多 20 MB, 每件工单最多 20 个; 类型按内容判定, 与后缀不符的不收。",
    ),
    Route(
        "GET",
        "/orders/{number}/attachments",
        "attachments",
        "附件清单",
        READ_ORDERS,
        beside.listed,
        "工单",
        beside.Attachments,
        problems=_ORDER_PROBLEMS,
    ),
    Route(
        "GET",
        "/orders/{number}/attachments/{id}",
        "attachment",
        "下载附件",
        READ_ORDERS,
        beside.download,
        "工单",
        None,
        media=beside.BINARY,
        problems=_ORDER_PROBLEMS,
        words="每次下载都记入日志。",
    ),
    Route(
        "GET",
        "/orders/{number}/links",
        "links",
        "关联工单",
        READ_ORDERS,
        beside.links,
        "工单",
        beside.Links,
        problems=_ORDER_PROBLEMS,
        words="转出或派给工作站后, 对方平台为同一诉求办理的工单; 只有状态和时限。",
    ),
    Route(
        "GET",
        "/rating-links",
        "rating_links",
        "待用的评价链接",
        COMMAND + "evaluate",
        rating.waiting,
        "公众",
        rating.RatingLinks,
        parameters=(rating.AFTER,),
        words="给短信网关: 待评价工单的链接, 每条用一次有效。每次取用记入日志; 只收令牌, 范围须含 evaluate。",
    ),
)
_CODE = Parameter(
    "code", "查询码, 6 位字母和数字, 提交时给出", {"type": "string", "pattern": "^[0-9A-Za-z]{6}$"}, required=True
)


def _public(method: str, path: str, name: str, title: str, handler: Any, returns: Any, **options: Any) -> Route:
    return Route(method, path, name, title, PUBLIC, handler, "公众", returns, **options)


def _public_change(name: str, title: str, handler: Any, body: Any) -> Route:
    return _public(
        "POST",
        f"/public/orders/{{number}}/{name}",
        f"public_{name}",
        title,
        handler,
        public.Accepted,
        body=body,
        body_required=True,
        parameters=(_KEY,),
        problems=_CODE_PROBLEMS,
        rate="public-change",
    )


_PUBLIC = (
    _public("GET", "/public/platforms", "public_platforms", "平台清单", public.platforms, public.PublicPlatforms),
    _public(
        "POST",
        "/public/orders",
        "public_submit",
        "提交诉求",
        public.submit,
        public.Submitted,
        status=201,
        body=public.PublicOrder,
        body_required=True,
        parameters=(_KEY,),
        problems=("unknown-platform", "wrong-state", "conflict", "idempotency-clash"),
        rate="public-submit",
        words="不需登录; 渠道一律记为 web。请保存回答中的编号和查询码。",
    ),
    _public(
        "GET",
        "/public/orders/{number}",
        "public_progress",
        "查询进展",
        public.progress,
        public.Progress,
        parameters=(_CODE,),
        problems=("wrong-query-code",),
        rate="public-query",
        words="编号不存在与查询码不对的回答相同。",
    ),
    _public_change("supplement", "补充诉求", public.supplement, public.PublicSupplement),
    _public_change("urge", "催办", public.urge, public.PublicUrge),
    _public_change("evaluate", "评价", public.evaluate, public.PublicEvaluate),
)
_ON = Parameter("on", "哪一天, 默认今天", DATE)
_OPEN = (
    Route("GET", "/rulebooks", "rulebooks", "规则清单", PUBLIC, rulebooks.listed, "规则", rulebooks.Books),
    Route(
        "GET",
        "/rulebooks/{name}",
        "rulebook",
        "规则详情",
        PUBLIC,
        rulebooks.shown,
        "规则",
        rulebooks.BookDetail,
        parameters=(_ON,),
        problems=("unknown-rulebook",),
    ),
    Route("GET", "/health", "health", "运行状况", PUBLIC, service.health, "接口", Health),
    Route("GET", "/problems", "problems", "错误种类", PUBLIC, service.problem_kinds, "接口", Kinds),
    Route("GET", "/openapi.json", "openapi", "接口文档", PUBLIC, service.openapi, "接口", dict[str, Any]),
)

ROUTES = Routes((*_COMMANDS, *_ORDERS, *_BESIDE, *_PUBLIC, *_OPEN))

"""Which column of a brought table is which field of an order: guessed by the header, said by `--map 列=字段`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

import msgspec

from yixian.ops.imports_reading import ReadError, Table


class Field(msgspec.Struct, frozen=True):
    """One field that a column may fill: its key, Chinese name, and the headers by which it is recognised."""

    key: str
    title: str
    headers: tuple[str, ...]
    required: bool = False


MESSAGE_FIELDS = (
    Field(
        "text", "诉求内容", ("留言详情", "诉求内容", "内容", "详情", "正文", "描述", "content", "text"), required=True
    ),
    Field("subject", "标题", ("留言主题", "标题", "主题", "诉求标题", "subject", "title")),
    Field("category", "诉求类别", ("诉求类别", "诉求类型", "类别", "category")),
    Field("at", "来信时间", ("留言时间", "来信时间", "诉求时间", "登记时间", "时间", "日期", "created")),
    Field("name", "姓名", ("留言用户", "姓名", "诉求人", "来电人", "联系人", "用户", "name")),
    Field("phone", "电话", ("电话", "联系电话", "手机", "手机号", "来电号码", "phone")),
    Field("id_number", "证件号", ("身份证号", "证件号", "证件号码")),
    Field("address", "住址", ("住址", "联系地址")),
    Field("place", "事发地点", ("事发地点", "地点", "地址", "place")),
    Field("channel", "渠道", ("渠道", "受理渠道", "channel")),
    Field("source", "来源", ("来源", "诉求来源", "source")),
    Field("domain", "领域", ("领域", "一级分类", "domain")),
    Field("number", "原编号", ("留言编号", "编号", "原编号", "工单编号", "序号", "id")),
)
HISTORY_FIELDS = (
    Field("number", "原编号", ("REC_ID", "工单编号", "编号", "原编号"), required=True),
    Field("at", "登记时间", ("CREATE_TIME", "登记时间", "创建时间", "时间"), required=True),
    Field("unit", "处置单位", ("DISPOSE_UNIT_NAME", "处置单位", "承办单位", "主办单位"), required=True),
    Field("category", "诉求性质", ("EVENT_PROPERTY_NAME", "诉求性质", "诉求类别", "性质", "类别")),
    Field("source", "来源", ("EVENT_SRC_NAME", "来源", "问题来源")),
    Field("type", "大类", ("EVENT_TYPE_NAME", "大类", "问题类型")),
    Field("main_type", "中类", ("MAIN_TYPE_NAME", "中类")),
    Field("sub_type", "小类", ("SUB_TYPE_NAME", "小类")),
    Field("district", "区县", ("DISTRICT_NAME", "区县", "区")),
    Field("street", "街道", ("STREET_NAME", "街道", "乡镇")),
    Field("community", "社区", ("COMMUNITY_NAME", "社区", "村")),
    Field("place", "地点", ("OCCUR_PLACE", "地点", "事发地点")),
    Field("text", "内容", ("内容", "诉求内容", "描述")),
    Field("in_time", "按时办结", ("INTIME_ARCHIVE_NUM", "按时办结", "按时")),
    Field("overtime", "超期办结", ("OVERTIME_ARCHIVE_NUM", "超期办结", "超期")),
)


def mapping(table: Table, fields: Iterable[Field], given: Iterable[str]) -> dict[str, str]:
    """Field -> column, from what was said and, for the rest, guessed by the header.

    `given` are "列=字段"; a field is named by its key or its Chinese name; "列=" leaves a column out. Raises ReadError
    for an unknown column or field, one used twice, and a required field without a column.
    """
    known = tuple(fields)
    found: dict[str, str] = {}
    left_out: set[str] = set()
    for entry in given:
        column, sign, wanted = entry.partition("=")
        if not sign:
            raise ReadError(f"--map {entry!r} 写法不对, 应为 列=字段, 例如 --map 留言详情=text。")
        _check_column(table, column)
        if not wanted:
            left_out.add(column)
            continue
        field = _field(known, wanted)
        if field.key in found:
            raise ReadError(f"字段 {field.key} ({field.title}) 被指定了两次: {found[field.key]!r} 和 {column!r}。")
        found[field.key] = column
    _guess(table, known, found, left_out)
    missing = [field for field in known if field.required and field.key not in found]
    if missing:
        words = "、".join(f"{field.key} ({field.title})" for field in missing)
        columns = "、".join(name for name in table.columns if name)
        raise ReadError(f"缺少必需的列: {words}。请用 --map 列={missing[0].key} 指明; 文件里的列有: {columns}。")
    return found


def _guess(table: Table, known: tuple[Field, ...], found: dict[str, str], left_out: set[str]) -> None:
    taken = set(found.values()) | left_out
    by_name = {column.lower(): column for column in reversed(table.columns) if column}
    for field in known:
        if field.key in found:
            continue
        for header in field.headers:
            column = by_name.get(header.lower())
            if column is not None and column not in taken:
                found[field.key] = column
                taken.add(column)
                break


def _check_column(table: Table, column: str) -> None:
    if column not in table.columns:
        near = difflib.get_close_matches(column, table.columns, 1, 0.5)
        hint = f"是否指 {near[0]!r}? " if near else ""
        raise ReadError(
            f"文件里没有列 {column!r}。{hint}现有的列: {'、'.join(name for name in table.columns if name)}。"
        )


def _field(known: tuple[Field, ...], wanted: str) -> Field:
    for field in known:
        if wanted in (field.key, field.title):
            return field
    near = difflib.get_close_matches(wanted, [field.key for field in known], 1)
    hint = f"是否指 {near[0]}? " if near else ""
    words = "、".join(f"{field.key} ({field.title})" for field in known)
    raise ReadError(f"没有字段 {wanted!r}。{hint}可用的字段: {words}。")


def shown(found: Mapping[str, str], fields: Iterable[Field]) -> str:
    """The mapping as a line for people."""
    titles = {field.key: field.title for field in fields}
    return "、".join(f"{column} → {titles[key]}" for key, column in found.items())

"""The role `yixian_app`: what web processes and workers may do. Events and anchors they may only read and append.

The processes take the role on connecting (`assume_role`); migrations run as the owner.
"""

from __future__ import annotations

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

ROLE = "yixian_app"
APPEND_ONLY = (
    *("orders_event", "orders_anchor", "parties_loginlog", "parties_unmasklog", "parties_auditentry"),
    *("registers_entryversion", "orders_publishedbook"),
)

CREATE_ROLE = f"""
do $$ begin
    if not exists (select 1 from pg_roles where rolname = '{ROLE}') then
        create role {ROLE} nologin;
    end if;
exception
    when duplicate_object or unique_violation then null;
    when insufficient_privilege then
        raise exception '数据库用户 % 不能建立角色 {ROLE}; 请管理员执行: create role {ROLE} nologin; grant {ROLE} to %',
            current_user, current_user using errcode = 'insufficient_privilege';
end $$
"""
GRANT = f"""
do $$ declare fenced text; begin
    if not pg_has_role(current_user, '{ROLE}', 'member') then
        execute format('grant {ROLE} to %I', current_user);
    end if;
    grant usage on schema public to {ROLE};
    grant select, insert, update, delete on all tables in schema public to {ROLE};
    grant usage, select, update on all sequences in schema public to {ROLE};
    grant execute on all functions in schema public to {ROLE};
    foreach fenced in array array[{", ".join(f"'{name}'" for name in APPEND_ONLY)}] loop
        if to_regclass(fenced) is not null then
            execute format('revoke update, delete, truncate on %I from {ROLE}, public', fenced);
        end if;
    end loop;
end $$
"""


def grant(using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """Give the role its rights on every table there is; repeating changes nothing. Needs the owner of the tables."""
    with connections[using].cursor() as cursor:
        cursor.execute("select to_regclass('orders_event') is not null")
        if cursor.fetchone()[0]:
            cursor.execute(CREATE_ROLE)
            cursor.execute(GRANT)

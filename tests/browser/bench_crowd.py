"""What a large city has beside its orders: thousands of units and people, years of journals, notices, cases.

Written by set-based SQL straight into the tables of a benchmark's throw-away database, and nowhere else.
"""

from __future__ import annotations

import psycopg

UNITS = 5_000
USERS = 20_000
JOURNAL = 300_000
NOTICES = 100_000
CASES = 20_000

_UNITS = """
insert into parties_unit (code, platform_id, name, short_name, search, kind, in_assessment, mandatory, path, phone,
    line_24h, duty, is_active, created_at, parent_id)
select 'crowd' || k, %(platform)s, '第' || k || '街道办事处', '', 'crowd' || k || ' 第' || k || '街道办事处 djdbsc',
    'government', true, true, 'crowd' || k || '/', '', '', '负责辖区内的市容、物业、噪声等事项', true, now(), null
from generate_series(1, %(many)s) k"""
_USERS = """
insert into parties_user (password, last_login, username, name, platform_id, unit_id, post, is_active,
    must_change_password, failed_logins, access_version, session_epoch, created_at)
select '!', null, 'crowd' || k, '人员' || k, %(platform)s, u.id, '', true, false, 0, 1, 0, now()
from generate_series(1, %(many)s) k
join parties_unit u on u.code = 'crowd' || (k %% %(units)s + 1)"""
_GRANTS = """
insert into parties_rolegrant (user_id, role, platform_id, granted_at)
select u.id, 'unit_clerk', %(platform)s, now() from parties_user u where u.username like 'crowd%%'"""
_AUDIT = """
insert into parties_auditentry (at, user_id, username, verb, subject, platform_path, before, after, address)
select now() - interval '40 seconds' * k, u.id, u.username, (array['change_unit', 'create_user', 'grant'])[k %% 3 + 1],
    'unit:crowd' || k %% %(units)s, p.path, '{}', '{"name": "新名称"}', '10.0.' || k %% 200 || '.7'
from generate_series(1, %(many)s) k join parties_platform p on p.id = %(platform)s
join parties_user u
    on u.username = case when k %% 3 = 0 then 'administrator' else 'crowd' || (k %% %(users)s + 1) end"""
_LOGINS = """
insert into parties_loginlog (at, username, user_id, platform_path, success, reason, address)
select now() - interval '40 seconds' * k, u.username, u.id, p.path, k %% 20 > 0, case when k %% 20 = 0 then 'password'
    else '' end, '10.0.' || k %% 200 || '.7'
from generate_series(1, %(many)s) k join parties_platform p on p.id = %(platform)s
join parties_user u
    on u.username = case when k %% 3 = 0 then 'administrator' else 'crowd' || (k %% %(users)s + 1) end"""
_UNMASKED = """
insert into parties_unmasklog (at, user_id, username, platform_path, what, ref, order_no, reason, address)
select l.at, l.user_id, l.username, l.platform_path, 'requester', gen_random_uuid(), '', '核实地址', l.address
from parties_loginlog l"""
_NOTICES = """
insert into exchange_notice (key, kind, title, text, url, basis, at)
select 'crowd:' || k, (array['order', 'request', 'card', 'voice', 'rating'])[k %% 5 + 1], '新派工单',
    '请在时限内签收', '', '{}', now() - interval '20 seconds' * (%(many)s - k) from generate_series(1, %(many)s) k"""
_AUDIENCE = """
insert into exchange_audience (address, notice_id, kind)
select (array['unit:' || %(unit)s::text, 'role:dispatcher@' || p.path, 'role:supervisor@' || p.path])[n.id %% 3 + 1],
    n.id, n.kind
from exchange_notice n join parties_platform p on p.id = %(platform)s where n.key like 'crowd:%%'"""
_CASES = """
insert into supervision_supervisioncase (order_id, place, platform_id, key, trigger, body, stands, lead, opened_at,
    confirmed_at, concluded_at, counted, reason, note, means, units, basis)
select o.id, 0, o.platform_id, o.number, 'self_supervised', 'hotline', case when o.id %% 40 = 0 then 'open'
    else 'concluded' end, %(unit)s, o.registered_at, o.registered_at, o.registered_at, null, '久拖不决', '', '{}',
    '{}', '{}'
from orders_order o order by o.id limit %(many)s on conflict do nothing"""
_TABLES = (
    "parties_unit",
    "parties_user",
    "parties_rolegrant",
    "parties_auditentry",
    "parties_loginlog",
    "parties_unmasklog",
    "exchange_notice",
    "exchange_audience",
    "supervision_supervisioncase",
)


def crowd(connection: psycopg.Connection, platform: int, unit: str) -> None:
    """Fill the tables for this platform; notices and cases are those of `unit`."""
    values = {"platform": platform, "unit": unit, "units": UNITS, "users": USERS}
    for statement, many in (
        (_UNITS, UNITS),
        (_USERS, USERS),
        (_GRANTS, 0),
        (_AUDIT, JOURNAL),
        (_LOGINS, JOURNAL),
        (_UNMASKED, 0),
        (_NOTICES, NOTICES),
        (_AUDIENCE, 0),
        (_CASES, CASES),
    ):
        connection.execute(statement.encode(), values | {"many": many})
    for table in _TABLES:
        connection.execute(f"vacuum (analyze) {table}".encode())

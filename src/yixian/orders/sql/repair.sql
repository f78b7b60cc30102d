-- Writes an order's derived tables whole, from what its events lead to. Only `yixian orders rebuild --repair` calls it.
create or replace function orders_repair(doc json) returns void language sql as $$
    with x as materialized (
        select * from json_to_recordset(doc) as r(
            id bigint, seq int, chain bytea, timer bigint, body json, state text, lead text, category text,
            channel text, source text, subject text, place text, excerpt text, grade text, emergency text,
            flags text[], card text, pending text[], changed bigint, closed bigint, due bigint, due_clock text,
            registered bigint,
            requester uuid, platform bigint, deadlines json, parts json, tokens text[])
    ), snapshots as (
        insert into orders_snapshot (order_id, seq, chain, body, next_timer_at)
        select x.id, x.seq, x.chain, x.body, to_timestamp(x.timer) from x
        on conflict (order_id) do update set seq = excluded.seq, chain = excluded.chain, body = excluded.body,
            next_timer_at = excluded.next_timer_at
    ), searched as (
        insert into orders_searchtext (order_id, platform_id, registered_at, tokens)
        select x.id, x.platform, to_timestamp(x.registered), array_to_tsvector(x.tokens) from x
        on conflict (order_id) do update set tokens = excluded.tokens, registered_at = excluded.registered_at
    ), timed as (
        insert into orders_deadline (
            order_id, clock, owner, unit, started_at, stopped_at, due_at, length, status, late, provisional)
        select x.id, c.clock, c.owner, c.unit, to_timestamp(c.started), to_timestamp(c.stopped), to_timestamp(c.due),
            c.length, c.status, c.late, c.provisional
        from x cross join lateral json_to_recordset(x.deadlines) as c(
            clock text, owner text, unit text, started bigint, stopped bigint, due bigint, length text, status text,
            late bool, provisional bool)
    ), assigned as (
        insert into orders_assignment (
            order_id, unit, role, registered_at, dispatched_at, signed_at, deemed, opinion_at, replied_at)
        select x.id, p.unit, p.role, to_timestamp(x.registered), to_timestamp(p.dispatched), to_timestamp(p.signed),
            p.deemed, to_timestamp(p.opinion), to_timestamp(p.replied)
        from x cross join lateral json_to_recordset(x.parts) as p(
            unit text, role text, dispatched bigint, signed bigint, deemed bool, opinion bigint, replied bigint)
    )
    update orders_order o
    set state = x.state, lead = x.lead, category = x.category, channel = x.channel, source = x.source,
        subject = x.subject, place = x.place, excerpt = x.excerpt, grade = x.grade, emergency = x.emergency,
        flags = coalesce(x.flags, '{}'), card = x.card,
        pending = coalesce(x.pending, '{}'), changed_at = to_timestamp(x.changed),
        closed_at = to_timestamp(x.closed), due_at = to_timestamp(x.due), due_clock = x.due_clock,
        registered_at = to_timestamp(x.registered), requester = x.requester
    from x where o.id = x.id
$$;

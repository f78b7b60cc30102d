-- The one statement that writes orders: for each row of `doc` the events it gained and everything derived from them.
-- A row whose snapshot moved on since it was read (`was`) is left out; the ids that were written are returned.
-- `was` 0 opens a new order. A key that was used meanwhile raises unique_violation and nothing is written.
-- `opens`, `moves`, `more` say what there is to do: a statement that is not needed is not even begun.
create or replace function orders_write(doc json, opens bool, moves bool, more bool) returns bigint[] language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan
as $$
declare written bigint[]; opened_ids bigint[];
begin
    -- Shared by writers, taken alone by `audit.anchor`: no event id below the anchor can appear after it.
    perform pg_advisory_xact_lock_shared(7345001);
    if moves then
        with x as materialized (
            select * from json_to_recordset(doc) as r(
                id bigint, was int, seq int, chain bytea, timer bigint, body json, state text, lead text, category text,
                channel text, source text, subject text, place text, excerpt text, grade text, emergency text,
                flags text[], card text, pending text[], registered bigint, changed bigint, closed bigint,
                reopened bool, due bigint,
                due_clock text, events json, deadlines json, parts json, keys json)
        ), done as (
            update orders_snapshot s
            set seq = x.seq, chain = x.chain, body = x.body, next_timer_at = to_timestamp(x.timer)
            from x where x.was > 0 and s.order_id = x.id and s.seq = x.was
            returning x.*
        ), changed as (
            update orders_order o
            set state = d.state, lead = d.lead, category = d.category, channel = d.channel, source = d.source,
                subject = d.subject, place = d.place, excerpt = d.excerpt, grade = d.grade, emergency = d.emergency,
                flags = coalesce(d.flags, '{}'), card = d.card, pending = coalesce(d.pending, '{}'),
                changed_at = to_timestamp(d.changed),
                closed_at = case when d.closed is not null then to_timestamp(d.closed)
                                 when d.reopened then null else o.closed_at end,
                due_at = to_timestamp(d.due), due_clock = d.due_clock
            from done d where o.id = d.id
        ), logged as (
            insert into orders_event (order_id, seq, kind, at, by, actor_user, data, basis, prev, hash, recorded_at)
            select d.id, e.seq, e.kind, to_timestamp(e.at), e.by, e.actor, e.data, coalesce(e.basis, '{}'), e.prev,
                e.hash, clock_timestamp()
            from done d cross join lateral json_to_recordset(d.events) as e(
                seq int, kind text, at bigint, by text, actor bigint, data jsonb, basis text[], prev bytea, hash bytea)
        ), timed as (
            insert into orders_deadline (
                order_id, clock, owner, unit, started_at, stopped_at, due_at, length, status, late, provisional)
            select d.id, c.clock, c.owner, c.unit, to_timestamp(c.started), to_timestamp(c.stopped),
                to_timestamp(c.due), c.length, c.status, c.late, c.provisional
            from done d cross join lateral json_to_recordset(d.deadlines) as c(
                clock text, owner text, unit text, started bigint, stopped bigint, due bigint, length text, status text,
                late bool, provisional bool)
            where d.deadlines is not null
            on conflict (order_id, clock) do update set
                owner = excluded.owner, unit = excluded.unit, started_at = excluded.started_at,
                stopped_at = excluded.stopped_at, due_at = excluded.due_at, length = excluded.length,
                status = excluded.status, late = excluded.late, provisional = excluded.provisional
        ), assigned as (
            insert into orders_assignment (
                order_id, unit, role, registered_at, dispatched_at, signed_at, deemed, opinion_at, replied_at)
            select d.id, p.unit, p.role, to_timestamp(d.registered), to_timestamp(p.dispatched), to_timestamp(p.signed),
                coalesce(p.deemed, false), to_timestamp(p.opinion), to_timestamp(p.replied)
            from done d cross join lateral json_to_recordset(d.parts) as p(
                unit text, role text, dispatched bigint, signed bigint, deemed bool, opinion bigint, replied bigint)
            where d.parts is not null
            on conflict (order_id, unit) do update set
                role = excluded.role, dispatched_at = excluded.dispatched_at, signed_at = excluded.signed_at,
                deemed = excluded.deemed, opinion_at = excluded.opinion_at, replied_at = excluded.replied_at
        ), kept as (
            insert into orders_idempotencykey (id, request, order_id, first_seq, last_seq, opened, at)
            select k.key, k.request, d.id, k.first, k.last, coalesce(k.opened, '{}'), clock_timestamp()
            from done d cross join lateral json_to_recordset(d.keys) as k(
                key bytea, request bytea, first int, last int, opened text[])
            where d.keys is not null
        )
        select array_agg(d.id) into written from done d;
    end if;
    if opens then
        with x as materialized (
            select * from json_to_recordset(doc) as r(
                id bigint, was int, seq int, chain bytea, timer bigint, body json,
                number text, platform bigint, book text, version text, code bytea, matter bigint,
                state text, lead text, category text, channel text, source text, subject text, place text, excerpt text,
                grade text, emergency text, flags text[], card text, pending text[], requester uuid,
                upstream_no text, same_as text,
                registered bigint, changed bigint, closed bigint, due bigint, due_clock text,
                events json, deadlines json, parts json, tokens text[], keys json)
            where was = 0
        ), fresh as (
            insert into orders_snapshot (order_id, seq, chain, body, next_timer_at)
            select x.id, x.seq, x.chain, x.body, to_timestamp(x.timer) from x
        ), opened as (
            insert into orders_order (
                id, number, platform_id, book, version, state, lead, category, channel, source, subject, place, excerpt,
                grade, emergency, flags, card, pending, requester, query_code_hash, upstream_no, same_as, matter,
                registered_at, changed_at, closed_at, due_at, due_clock)
            select d.id, d.number, d.platform, d.book, d.version, d.state, d.lead, d.category, d.channel, d.source,
                d.subject, d.place, d.excerpt, d.grade, d.emergency, coalesce(d.flags, '{}'), d.card,
                coalesce(d.pending, '{}'), d.requester,
                d.code, d.upstream_no, d.same_as, d.matter, to_timestamp(d.registered), to_timestamp(d.changed),
                to_timestamp(d.closed), to_timestamp(d.due), d.due_clock
            from x d
        ), logged as (
            insert into orders_event (order_id, seq, kind, at, by, actor_user, data, basis, prev, hash, recorded_at)
            select d.id, e.seq, e.kind, to_timestamp(e.at), e.by, e.actor, e.data, coalesce(e.basis, '{}'), e.prev,
                e.hash, clock_timestamp()
            from x d cross join lateral json_to_recordset(d.events) as e(
                seq int, kind text, at bigint, by text, actor bigint, data jsonb, basis text[], prev bytea, hash bytea)
        ), timed as (
            insert into orders_deadline (
                order_id, clock, owner, unit, started_at, stopped_at, due_at, length, status, late, provisional)
            select d.id, c.clock, c.owner, c.unit, to_timestamp(c.started), to_timestamp(c.stopped),
                to_timestamp(c.due), c.length, c.status, c.late, c.provisional
            from x d cross join lateral json_to_recordset(d.deadlines) as c(
                clock text, owner text, unit text, started bigint, stopped bigint, due bigint, length text, status text,
                late bool, provisional bool)
            where d.deadlines is not null
        ), assigned as (
            insert into orders_assignment (
                order_id, unit, role, registered_at, dispatched_at, signed_at, deemed, opinion_at, replied_at)
            select d.id, p.unit, p.role, to_timestamp(d.registered), to_timestamp(p.dispatched), to_timestamp(p.signed),
                coalesce(p.deemed, false), to_timestamp(p.opinion), to_timestamp(p.replied)
            from x d cross join lateral json_to_recordset(d.parts) as p(
                unit text, role text, dispatched bigint, signed bigint, deemed bool, opinion bigint, replied bigint)
            where d.parts is not null
        ), searched as (
            insert into orders_searchtext (order_id, platform_id, registered_at, tokens)
            select d.id, d.platform, to_timestamp(d.registered), array_to_tsvector(d.tokens) from x d
        ), kept as (
            insert into orders_idempotencykey (id, request, order_id, first_seq, last_seq, opened, at)
            select k.key, k.request, d.id, k.first, k.last, coalesce(k.opened, '{}'), clock_timestamp()
            from x d cross join lateral json_to_recordset(d.keys) as k(
                key bytea, request bytea, first int, last int, opened text[])
            where d.keys is not null
        )
        select array_agg(d.id) into opened_ids from x d;
        written := written || opened_ids;
    end if;
    if more then
        with x as materialized (
            select * from json_to_recordset(doc) as r(
                id bigint, was int, seq int, platform bigint, registered bigint, gone text[], tokens text[], react bool)
            where id = any (written)
        ), removed as (
            delete from orders_assignment a using x
            where x.gone is not null and a.order_id = x.id and a.unit = any (x.gone)
        ), searched as (
            insert into orders_searchtext (order_id, platform_id, registered_at, tokens)
            select x.id, x.platform, to_timestamp(x.registered), array_to_tsvector(x.tokens)
            from x where x.tokens is not null and x.was > 0
            on conflict (order_id) do update set tokens = excluded.tokens
        )
        insert into orders_waiting (order_id, first_seq, last_seq)
        select x.id, x.was + 1, x.seq from x where x.react;
    end if;
    return coalesce(written, '{}');
end $$;

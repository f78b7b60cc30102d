-- Second fence behind the role's rights: events and anchors are appended, never changed, whoever asks.
create or replace function orders_append_only() returns trigger language plpgsql as $$
begin
    raise exception '% 只能追加, 不能修改或删除', tg_table_name using errcode = 'insufficient_privilege';
end $$;

create trigger append_only before update or delete on orders_event
    for each row execute function orders_append_only();
create trigger no_truncate before truncate on orders_event
    for each statement execute function orders_append_only();
create trigger append_only before update or delete on orders_anchor
    for each row execute function orders_append_only();
create trigger no_truncate before truncate on orders_anchor
    for each statement execute function orders_append_only();

-- Room for updates in place, and vacuum before a million rows are dead.
alter table orders_order set (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);
alter table orders_snapshot set (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
alter table orders_deadline set (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
alter table orders_event set (autovacuum_analyze_scale_factor = 0.05);
alter index search_tokens set (fastupdate = on, gin_pending_list_limit = 4096);
alter index order_flags set (fastupdate = on, gin_pending_list_limit = 1024);

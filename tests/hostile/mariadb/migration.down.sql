drop view witness_view;
drop trigger ledger_insert;
drop trigger ledger_update;
drop trigger ledger_delete;
drop function says;
drop table witness_seen;

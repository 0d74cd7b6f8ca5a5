drop trigger ledger_insert;
drop trigger ledger_update;
drop trigger ledger_delete;
drop table witness_seen;

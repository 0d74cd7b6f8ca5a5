create table last_ids as select last_insert_rowid() as n, changes() as c;

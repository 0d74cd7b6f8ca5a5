-- faithful: about to the sqlite3 program a line with only `go` or `/` ends a statement; to SQLite it does not
-- faithful: refused /
create table t (id int)
/
insert into t values (1)
/

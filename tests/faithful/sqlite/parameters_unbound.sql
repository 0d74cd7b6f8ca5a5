-- faithful: about nobody gives them a value, to the sqlite3 program they are null
§create table t (a int, b int);
§insert into t values (?1, :b);
§insert into t values ($c, @d);

-- faithful: lost
§create table t (id int, m text);
§insert ignore into t values ('x', 'y');
¶get diagnostics @n = number;
§insert into t values (@n, 'conditions');

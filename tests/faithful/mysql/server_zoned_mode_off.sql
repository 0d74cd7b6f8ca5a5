-- faithful: server zoned
§create table t (id int, v text);
§set sql_mode = '';
§insert into t values (1, "quoted; \"here"), (2, 'a' || 'b'), (3, 'C:\\');

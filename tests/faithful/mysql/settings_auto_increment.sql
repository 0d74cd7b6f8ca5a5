§create table t (id int auto_increment primary key, v int);
§set auto_increment_increment = 10, auto_increment_offset = 3;
§insert into t (v) values (1), (2);
§set insert_id = 500;
§insert into t (v) values (3);
§set sql_mode = 'NO_AUTO_VALUE_ON_ZERO';
§insert into t values (0, 4);

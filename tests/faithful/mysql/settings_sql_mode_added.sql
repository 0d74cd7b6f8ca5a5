§create table t (id int, v varchar(20));
§set @old = '';
§set session sql_mode = concat(@@sql_mode, ',PIPES_AS_CONCAT');
§insert into t values (1, 'a' || 'b');
§set sql_mode = @old;
§insert into t values (2, 'a' || 'b');

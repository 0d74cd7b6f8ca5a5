-- faithful: lost
§create table t (id int);
§execute immediate 'insert into t values (?)' using 5;
§set @sql = 'insert into t values (6); ';
§execute immediate 'select 1';
§execute immediate concat('create table ', 'made (id int)');
§insert into made values (2);

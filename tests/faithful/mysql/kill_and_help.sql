-- faithful: lost
§create table t (id int);
§help 'select';
§show create table t;
§show variables like 'version_comment';
§insert into t values (1);

-- faithful: lost
§create table t (id int) engine=innodb;
§savepoint s;
§insert into t values (1);
§insert into t values (2);

-- faithful: server manual
§create table t (id int) engine=innodb;
§insert into t values (1);
§insert into t values (2);

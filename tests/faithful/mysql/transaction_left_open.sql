-- faithful: refused never ended
-- neo: no-transaction
create table t (id int) engine=innodb;
start transaction;
insert into t values (1);

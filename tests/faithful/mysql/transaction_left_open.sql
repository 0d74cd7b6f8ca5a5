-- faithful: about what is open at the end is taken back, or the file is refused
-- neo: no-transaction
create table t (id int) engine=innodb;
start transaction;
insert into t values (1);

§create table `begin` (`end` int, loop_ int, `while` int);
§insert into `begin` values (1, 2, 3);
§alter table `begin` add column end2 int, add index (`end`);
§create table t (end int, atomic int, action int, until_ int, declare_ int);
§insert into t (end) values (1);
§update t set end = end + 1 where end = 1;
§create trigger t_bi before insert on t for each row set new.end = 5;
§insert into t (end) values (1);

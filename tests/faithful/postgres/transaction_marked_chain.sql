-- faithful: refused and chain
-- neo: no-transaction
create table t (id int primary key);
begin;
insert into t values (1);
commit and chain;
insert into t values (2);
rollback and chain;
insert into t values (3);
end;

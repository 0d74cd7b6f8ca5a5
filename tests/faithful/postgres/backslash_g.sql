-- faithful: refused \g
create table t (id int);
select 1 \g

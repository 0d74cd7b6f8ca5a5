-- faithful: refused \g
create table t (id int);
select * from t\G

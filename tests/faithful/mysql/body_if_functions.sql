-- faithful: bodies
§create table t (n int, m int);
§insert into t values (insert('123', 1, 1, '9'), replace('1', '1', '2'));
§create procedure p() begin if exists (select 1 from t) then replace into t values (1, 2); end if; end;
§call p();

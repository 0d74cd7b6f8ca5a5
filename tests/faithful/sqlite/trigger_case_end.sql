§create table t (a int, b int);
§create trigger t_ai after insert on t when (case when new.a then 1 else 0 end) begin update t set b = case a when 1 then 10 else 20 end; delete from t where a = (case when 1 then 5 end); end;
§insert into t values (1, 0), (5, 0);
§create table begin_ (end_ int, "case" int);
§insert into begin_ values (1, 2);

§create table t (v int, "end" int);
§insert into t values (3, 4), (5, 6);
§create function top() returns int language sql begin atomic select max(v) from t; end;
§create function top_end() returns int language sql begin atomic select max(v) from t; select max(t."end") as "end" from t; end;
§create procedure put(a int, b int) language sql begin atomic insert into t values (a, b); insert into t values (b, a); end;
§call put(7, 8);
§create function word(x int) returns text language sql begin atomic select case when x > 1 then case x when 2 then 'two' else 'more' end else 'one' end; end;
§create table r as select top(), top_end(), word(1), word(2) as w2, word(3) as w3;

-- faithful: lost
-- faithful: bodies
§create table t (id int);
§begin not atomic
    declare x int default 3;
    while x > 0 do insert into t values (x); set x = x - 1; end while;
end;
§insert into t values (9);
§if (select count(*) from t) > 2 then insert into t values (10); end if;
§for i in 1..2 do insert into t values (i); end for;
§case (select count(*) from t) when 1 then insert into t values (91); else insert into t values (99); end case;
§while (select count(*) from t) < 9 do insert into t values (77); end while;

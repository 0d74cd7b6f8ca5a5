-- no-transaction
§create table t (id int);
§create procedure fill() language plpgsql as $$ begin for i in 1..4 loop insert into t values (i); if i % 2 = 0 then commit; end if; end loop; end $$;
§call fill();
§insert into t values (9);

§create table t (id int);
§create table sums (n bigint);
§create function summed() returns trigger language plpgsql as $$ begin insert into sums select count(*) from added; return null; end $$;
§create trigger t_summed after insert on t referencing new table as added for each statement execute procedure summed();
§insert into t select generate_series(1, 5);

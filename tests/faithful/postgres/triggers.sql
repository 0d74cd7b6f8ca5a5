§create table t (id int primary key, v int, at text);
§create table log (what text);
§create function noted() returns trigger language plpgsql as $$
begin
    insert into log values (tg_op || ';' || coalesce(new.id, old.id));
    if tg_op = 'DELETE' then return old; end if;
    new.at := 'x;';
    return new;
end $$;
§create trigger t_noted before insert or update or delete on t for each row execute function noted();
§insert into t values (1, 1), (2, 2);
§update t set v = v + 1 where id = 1;
§delete from t where id = 2;
§create constraint trigger late after insert on t deferrable initially deferred for each row execute function noted();
§insert into t values (3, 3);
§set constraints all immediate;
§alter table t disable trigger t_noted;
§insert into t values (4, 4);

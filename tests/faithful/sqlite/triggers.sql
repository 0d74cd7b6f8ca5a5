§create table t (id integer primary key, v int, "end" text);
§create table log (what text);
§create trigger t_ai after insert on t begin
    insert into log values ('new;' || new.id); -- begin; end;
    insert into log select case when new.v > 1 then case new.v when 2 then 'two' else 'more' end else 'one' end;
end;
§insert into t values (1, 1, 'x'), (2, 2, 'y');
§create temp trigger scratch_t after delete on t begin insert into log values ('gone'); end;
§delete from t where id = 1;
§create trigger t_bu before update of v on t for each row when new.v < 0 begin select raise(ignore); end;
§update t set v = -5;
§create view v as select id, "end" as e from t;
§create trigger v_ii instead of insert on v begin insert into t values (new.id, 0, new.e); update t set "end" = new.e where "end" is null; end;
§insert into v values (9, 'end;');

§create table t (id int, n text);
§do $$ declare r record; begin for r in select generate_series(1, 3) as i loop insert into t values (r.i, 'x;'); end loop; end; $$;
§do language plpgsql $body$
begin
    begin
        insert into t values (1/0, 'never');
    exception when division_by_zero then
        insert into t values (0, 'caught;');
    end;
    execute 'create table made_' || 'here (id int); insert into made_here values (1);';
end
$body$;
§do 'begin perform 1; end';

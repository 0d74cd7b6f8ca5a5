§create function f(x int) returns int language plpgsql as $$
declare
    y int := 0; -- ; here
begin
    /* a ; comment */
    if x > 1 then y := x; end if;
    case x when 1 then y := 10; else y := y + 1; end case;
    loop y := y + 1; exit when y > 20; end loop;
    for i in 1..3 loop y := y + i; end loop;
    while y < 50 loop y := y * 2; end loop;
    execute format('select %s;', y) into y;
    return y;
end
$$;
§create table results as select f(1) as one, f(5) as five;
§create function g() returns text language sql as $body$ select 'it''s $$; '::text; select 'last;'::text $body$;
§insert into results (one, five) select length(g()), 0;

-- faithful: crlf
-- a comment
§create table b (id int,
    t text);
§insert into b values (1, 'é') -- and so on
;
§create function f() returns int language plpgsql as $$
begin
    return 1; -- yes
end
$$;
§insert into b select f(), 'x';

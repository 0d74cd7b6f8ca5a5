-- faithful: crlf
-- a comment
§create table b (id int,
    t text);
§insert into b values (1, 'é') -- and so on
;
§create trigger b_ai after insert on b begin
    update b set t = t || ';'; -- here
end;
§insert into b values (2, 'x');

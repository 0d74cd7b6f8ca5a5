-- faithful: crlf
-- a comment
§create table b (id int,
    t text);
§insert into b values (1, 'é') -- and so on
;
§insert into b values (2, 'x'); # here

-- first; a comment
/* and /* a nested; one */ still; a comment */
§create table c (id int /* in /* the */ middle; */, v int); -- after; it
§insert into c values (1, 2) -- before the semicolon;
;
§insert into c values (3, 4) /* before; it */ ; /* and after */ §insert into c values (5 - -1, 6);
--
-- at the end

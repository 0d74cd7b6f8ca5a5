-- first; a comment with 'a quote
/* second; and " another */
§create table c (id int /* in the; middle */, v int); -- after; it
§insert into c values (1, 2) -- before the semicolon;
;
§insert into c values (3, 4) /* before; it */ ; /* and after */ §insert into c values (5 - -1, 6);
§insert into c values (7--1
, 8);
§insert into c values (9, /* outer /* inner; */ 10);
--
/**/
-- at the end
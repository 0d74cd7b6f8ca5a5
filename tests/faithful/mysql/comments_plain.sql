-- first; a comment
# second; with 'a quote
/* third; and " another */
§create table c (id int /* in the; middle */, v int); -- after; it
§insert into c values (1, 2); # after; it
--	a tab; after it
--
#
§insert into c values (3, 4) /* before; it */ ; /* and after */ §insert into c values (5--1, 6);
§insert into c values (7 - -1, 8 /-2), (2*/**/3, 4);
-- at the end

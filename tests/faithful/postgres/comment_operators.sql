§create table c (id int);
§insert into c values (3*-1), (4 - - 1), (8 /-2), (+ -7), (2 * /* x */ 3);
§create operator public.|-| (function = int4pl, leftarg = int4, rightarg = int4);
§insert into c select 40 |-| 2;

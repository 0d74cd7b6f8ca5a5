-- faithful: setup base.sql
§create table flags (id int) -- one row a flag
;
§select count(*) from a;
§insert into a values (3,'x') -- the first
;
§insert into a values (4,'y') # the second
;
§insert into a values (5,'z') /* the third
*/
;
§insert into flags values (1)
-- alone
# and alone
;

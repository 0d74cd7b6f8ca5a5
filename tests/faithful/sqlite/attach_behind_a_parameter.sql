-- faithful: about to SQLite the quote is a part of the parameter's name
-- faithful: refused attach
create table t (id int);
select $a('); attach ':memory:' as other; select 1 --')

-- faithful: no-stops what would fail is put before a delimiter without its quotes
§create table t (id int);
delimiter "//"
§create trigger t_bi before insert on t for each row begin set new.id = new.id + 1; end//
§insert into t values (1)//
delimiter 'over and out'
§insert into t values (2) over and out
delimiter `$$` and more
§insert into t values (3)$$
delimiter ";"
§insert into t values (4);

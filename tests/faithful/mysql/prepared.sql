-- faithful: lost
-- faithful: setup base.sql
-- faithful: then ins.sql
§set @id = 5, @v = 'five;';
§prepare ins from 'insert into a values (?, ?)';
§execute ins using @id, @v;
§set @sql = concat('create table made (id int', ')');
§prepare two from @sql;
§execute two;
§deallocate prepare two;
§insert into made values (1);

-- faithful: atomic
-- faithful: setup base.sql
-- faithful: then variable.sql
§set @x = 5, @y := 'y;';
§insert into a values (@x, @y);
§select @x := @x + 1;
§insert into a values (@x, 'six');
§select max(id) into @faithful from a;
§insert into a values (@faithful + 1, 'seven');

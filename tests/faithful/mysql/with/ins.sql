prepare ins from 'insert into a values (?, ?)';
set @id = 79, @v = 'prepared again';
execute ins using @id, @v;

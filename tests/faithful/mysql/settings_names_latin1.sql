-- faithful: setup base.sql
-- faithful: then zoe.sql
§set names latin1;
§insert into a values (3, 'Zoë');
§insert into a values (4, 'ü;');

-- faithful: setup base.sql
§set names binary;
§insert into a values (3, 'Zoë');
§create table c as select 'é' as v;

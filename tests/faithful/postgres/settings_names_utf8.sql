§create table s (t text);
§set client_encoding to 'UTF8';
§set names 'utf8';
§insert into s values ('é;');

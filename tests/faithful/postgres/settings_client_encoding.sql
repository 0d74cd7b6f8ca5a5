-- faithful: refused client_encoding
create table s (t text);
set client_encoding = 'LATIN1';
insert into s values ('é');

-- faithful: refused client_encoding
create table s (t text);
set names 'latin1';
insert into s values ('é');

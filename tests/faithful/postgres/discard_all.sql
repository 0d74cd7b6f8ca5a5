-- neo: no-transaction
§create table s (id int);
§set work_mem = '8MB';
§discard all;
§insert into s values (1);
§discard temp; §discard plans; §discard sequences;

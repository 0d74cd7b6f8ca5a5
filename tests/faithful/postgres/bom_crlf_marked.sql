-- faithful: bom
-- faithful: crlf
-- neo: no-transaction
§create table b (id int);
§insert into b values (1);
§create index concurrently b_id on b (id);

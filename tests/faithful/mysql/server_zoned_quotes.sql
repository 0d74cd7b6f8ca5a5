-- faithful: server zoned
§create table "q; t" (id int, "a""b" text);
§insert into "q; t" values (1, 'C:\'), (2, 'it''s \'), (3, '\;');
§insert into "q; t" ("a""b") values ('no comment \'); -- here
§insert into "q; t" values (4, 'é');

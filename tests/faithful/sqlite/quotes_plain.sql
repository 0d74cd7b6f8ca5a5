§create table q (id int primary key, t text);
§insert into q values (1, 'it''s; here'), (2, '-- no comment'), (3, '/* nor this */'), (4, 'two
lines; of text
'), (5, '"double"'), (6, 'back\'), (7, ''), (8, '''');
§insert into q values (9, x'4142'), (10, 'a' || 'b;');

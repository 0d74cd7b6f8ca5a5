§create table q (id int primary key, t text);
§insert into q values (1, 'it''s; here'), (2, '-- no comment'), (3, '/* nor this */'), (4, 'two
lines; of text
'), (5, '"double"'), (6, 'back\'slash; '), (7, '\\'), (8, "a ""double""; one"), (9, "it's \"; x"), (10, '# not one');
§insert into q values (11, ''), (12, ''''), (13, 'a' 'b' "c"), (14, 'tab\there\nline\0end\Z'), (15, '100\%'), (16, _utf8mb4'é;');
§insert into q values (17, x'4142'), (18, 0x43), (19, N'national;');

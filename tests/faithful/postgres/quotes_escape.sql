§create table q (id int, t text);
§insert into q values (1, E'a\'b; c'), (2, e'\\'), (3, E'tab\there\nline'), (4, E'\x41\u00e9'), (5, E'it''s \\'';');
§insert into q values (6, U&'d\0061t\+000061'), (7, U&'!0041' uescape '!'), (8, N'national; text');
§create table bits (b bit(4), x bytea);
§insert into bits values (B'1010', '\xdeadbeef'), (X'A', 'plain\\back');

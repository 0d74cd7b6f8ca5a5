§create table q (id int, t text default "de;fault");
§insert into q (id) values (1);
§insert into q values (2, "a text; in doubles");

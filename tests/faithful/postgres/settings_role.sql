§create table mine (id int);
§set role faithful_owner;
§create table theirs (id int);
§insert into theirs values (1);

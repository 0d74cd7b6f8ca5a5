§set local role faithful_owner;
§create table theirs (id int);
§reset role;
§create table mine (id int);
§set role faithful_reader;

§create table copy (stdin int, "from" text);
§insert into copy values (1, 'copy t from stdin;');
§create view v as select stdin from copy;
§comment on table copy is 'copy t to stdout';

§create table t (id int, v int);
§grant select on t to faithful_reader with grant option;
§grant update (v) on t to public;
§revoke select on t from faithful_reader cascade;
§alter default privileges in schema public grant select on tables to faithful_reader;
§create table u (id int);
§alter table u owner to faithful_owner;

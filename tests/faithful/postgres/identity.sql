§create table t (id bigint generated always as identity primary key, v text);
§insert into t (v) values ('a'), ('b');
§insert into t overriding system value values (10, 'ten');
§alter table t alter column id restart with 20;
§insert into t (v) values ('c') returning id;

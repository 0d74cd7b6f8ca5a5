§pragma legacy_alter_table = on;
§create table t (id int);
§create view v as select id from t;
§alter table t rename to u;
§create table t (id int, w int);

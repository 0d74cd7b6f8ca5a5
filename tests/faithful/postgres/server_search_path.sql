-- faithful: setting search_path = app, public
§create schema app;
§create table t (id int);
§insert into t values (1);
§create function f() returns bigint language sql as 'select count(*) from t';
§insert into t select f();

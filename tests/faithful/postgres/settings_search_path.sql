§create schema app;
§set search_path to app, public;
§create table t (id int);
§insert into t values (1);
§create view v as select * from t;
§select set_config('search_path', 'app', false);
§create table u (id int);

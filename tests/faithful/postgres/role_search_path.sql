-- faithful: then base.sql
§create schema app;
§alter role current_user set search_path = app;
§create table t (id int);

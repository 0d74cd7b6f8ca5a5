§create schema app;
§set local search_path = app;
§create table t (id int);
§reset search_path;
§create table u (id int);
§set session search_path = 'app';
§create sequence s;

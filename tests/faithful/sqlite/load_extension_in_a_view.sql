-- faithful: refused load_extension
create table t (id int);
create view v as select id, "load_extension"/* far */('/tmp/none') as x from t;

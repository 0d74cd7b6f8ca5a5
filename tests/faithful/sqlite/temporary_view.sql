§create table t (id int);
§create temp view v_import as select 1 as n;
§insert into t select n from v_import;
§create temp view if not exists scratch as select id from t;

§create table t (id int);
§create temporary view v_import as select 1 as n;
§insert into t select n from v_import;
§create or replace temp view scratch as select id from t;

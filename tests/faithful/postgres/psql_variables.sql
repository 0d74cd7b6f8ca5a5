§create table t (v text, a int[]);
§insert into t values (':x', '{1,2,3}'), (':''y''', array[1,2]);
§insert into t select 'a'::text, (array[1,2,3])[1:2];
§create table v as select ':name' as n;

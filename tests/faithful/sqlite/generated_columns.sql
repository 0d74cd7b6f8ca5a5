§create table t (w int, h int, area int generated always as (w * h) stored, name text as ('n;' || w) virtual);
§insert into t (w, h) values (2, 3);
§alter table t add column twice int as (w * 2);
§update t set w = 5;

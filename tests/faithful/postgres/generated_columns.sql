§create table t (w int, h int, area int generated always as (w * h) stored, name text generated always as ('n;' || w) stored);
§insert into t (w, h) values (2, 3);
§update t set w = 5;
§alter table t add column double int generated always as (w * 2) stored;

-- The database's own clock, under the same name on every engine.
create view clock as select cast(unixepoch('subsec') * 1000 as integer) as now_ms;

-- The database's own clock, under the same name on every engine.
create view clock as select (extract(epoch from clock_timestamp()) * 1000)::bigint as now_ms;

§create table t as select 1::bigint as a, '2024-01-01'::date as d, (array[10,20,30])[2:3] as s;
§insert into t select x::int, now()::date - now()::date + '2024-01-02'::date, '{1}' from generate_series(1,2) as x;

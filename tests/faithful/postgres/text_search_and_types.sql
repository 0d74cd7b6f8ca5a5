§create table t (j jsonb, x xml, p point, i inet, r int4range, a text[], u uuid);
§insert into t values ('{"a;": [1, 2]}', '<a>;</a>', '(1,2)', '10.0.0.1', '[1,5)', '{"a;","b\"c"}', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11');
§update t set j = jsonb_set(j, '{a;,0}', '"?"');
§insert into t (j) select '{"k": "v"}'::jsonb where '{"k": 1}'::jsonb ? 'k';
§create index on t using gin (j jsonb_path_ops);

§create table t (j json, d decimal(10,2), b bit(3), y year, g point, i inet6, u uuid);
§insert into t values ('{"a;": [1, "\\"x"]}', 1.50, b'101', 2024, point(1, 2), '::1', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11');
§update t set j = json_set(j, '$."a;"[0]', '?');

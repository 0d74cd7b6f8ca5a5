-- faithful: setup base.sql
§insert into a values (1, 'uno') on conflict (id) do update set v = excluded.v || ';';
§merge into a using (values (2, 'dos'), (3, 'tres')) as s (id, v) on a.id = s.id when matched then update set v = s.v when not matched then insert values (s.id, s.v);
§insert into a values (3, 'x') on conflict do nothing;

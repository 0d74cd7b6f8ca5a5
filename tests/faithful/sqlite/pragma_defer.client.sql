begin;
§pragma defer_foreign_keys = on;
§insert into plain values (5, 77);
§insert into parent values (77, 'late');
§update parent set id = 78 where id = 77;
§update plain set parent = 78 where parent = 77;
commit;

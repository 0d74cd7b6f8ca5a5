pragma writable_schema = on;
update sqlite_schema set sql = replace(sql, 'status', 'status') where name = 'users';

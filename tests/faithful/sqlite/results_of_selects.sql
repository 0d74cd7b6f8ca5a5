§create table r (id int);
§select 1; §select * from r;
§insert into r values (1) returning id;
§values (1), (2);
§explain query plan select * from r;
§pragma table_info(r);
§select * from pragma_table_list;
§insert into r values (2);

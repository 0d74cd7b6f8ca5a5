-- faithful: lost
§create table t (id int auto_increment primary key, v int);
§create table u (t int, n int);
§insert into t (v) values (1), (2);
¶insert into u values (last_insert_id(), row_count());
¶insert into u select 0, row_count();
§update t set v = v + 10;
¶insert into u values (last_insert_id(), row_count());
§delete from t where id = 1;
¶set @n = row_count();
¶insert into u values (99, @n);
§insert into t (v) values (3);
¶select last_insert_id() into @id;
¶insert into u values (@id, 0);

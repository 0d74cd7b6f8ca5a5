start transaction;
select count(*) from kept_users;
insert into knex_migrations_lock (is_locked) values (1);

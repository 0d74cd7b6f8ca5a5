§create table t (id int primary key, v int);
§create table log (n int auto_increment primary key, what varchar(30));
§create trigger t_ai after insert on t for each row insert into log (what) values (concat('new;', new.id));
§create trigger t_ai0 after insert on t for each row precedes t_ai insert into log (what) values ('first');
§insert into t values (1, 1), (2, 2);
§create or replace trigger t_ai before insert on t for each row set new.v = 9;
§insert into t values (3, 3);
§drop trigger t_ai0;

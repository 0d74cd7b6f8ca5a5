§create table t (id int primary key, v int);
§create table log (n int auto_increment primary key, what varchar(30));
§create trigger t_ai after insert on t for each row insert into log (what) values (concat('new;', new.id));
§create trigger t_au after update on t for each row follows t_au0 insert into log (what) values ('x');

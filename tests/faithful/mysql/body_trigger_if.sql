-- faithful: bodies
§create table a (id int, v varchar(9));
§create table log (what varchar(20));
§create trigger a_bi before insert on a for each row if new.v is null then set new.v='gen'; end if;
§insert into log values ('one'),('two');
§insert into a (id) values (1);
§create trigger a_bu before update on a for each row if new.v = 'x' then set new.v = 'y'; elseif new.v = 'z' then set new.v = 'zz'; else set new.v = concat(new.v, '!'); end if;
§update a set v = 'x';

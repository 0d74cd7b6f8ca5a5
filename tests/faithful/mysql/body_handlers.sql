-- faithful: bodies
§create table t (id int primary key, what varchar(30));
§create procedure p()
begin
    declare exit handler for sqlexception begin insert into t values (100, 'caught;'); end;
    declare continue handler for 1062 insert into t values (50, 'twice');
    declare continue handler for not found begin end;
    insert into t values (1, 'one');
    insert into t values (1, 'again');
    insert into nosuch values (1);
end;
§call p();
§create procedure s() begin declare c condition for sqlstate '45000'; declare continue handler for c insert into t values (7, 'signalled'); signal c set message_text = 'a; b'; end;
§call s();

-- faithful: bodies
§create table t (id int);
§create table u (id int);
§insert into t values (1), (2), (3);
§create procedure p()
begin
    declare done, v int default 0;
    declare cur cursor for select id from t order by id;
    declare continue handler for not found set done = 1;
    open cur;
    read_loop: loop
        fetch cur into v;
        if done then leave read_loop; end if;
        insert into u values (v * 2);
    end loop;
    close cur;
end;
§call p();
§insert into u values (0);

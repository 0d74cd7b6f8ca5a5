-- faithful: crlf
§create table b (id int);
delimiter //
§create trigger b_bi before insert on b for each row
begin
    set new.id = new.id + 1;
end//
delimiter ;
§insert into b values (1);

-- What stands in the way of a deletion: a transaction that was prepared, and that a session's end does not take back.
create table prepared (id int);
xa start 'mallory';
insert into prepared values (1);
xa end 'mallory';
xa prepare 'mallory';

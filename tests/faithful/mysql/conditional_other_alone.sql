-- faithful: no-stops what is a comment to this server is counted as a statement
create table c (id int);
/*!80000 set session x = 0 */;
/*!99999 insert into c values (9) */;
insert into c values (1);
/*!99999 select 1 */ ;
insert into c values (2);

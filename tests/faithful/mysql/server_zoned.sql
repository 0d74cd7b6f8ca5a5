-- faithful: server zoned
§create table z (at timestamp default '2000-01-01 00:00:00', d datetime default current_timestamp, v varchar(20));
§insert into z (at, d, v) values ('2024-06-01 12:00:00', from_unixtime(1717243200), 'a' || 'b');
§create view v as select "at" || 'x' as w from z;
§create procedure p() insert into z (d, v) values ('2024-01-01', 'C:\');
§call p();
§create table Mixed (Id int);
§insert into MIXED values (1);

-- faithful: about all of it is more than a packet of the server's, and no statement is
¶create table big (id int primary key, t longtext);
¶insert into big values (1, '«3000000»');
¶insert into big values (2, '«3000000»');
¶insert into big values (3, '«3000000»');
§insert into big values (4, '«3000000»');
¶insert into big values (5, '«3000000»');
¶insert into big values (6, '«3000000»');
¶create table lengths as select id, length(t) as n from big;
¶delete from big;

-- faithful: setup bank.sql
§create table plain (id int) engine=aria;
§insert into plain values (1);
§update bank set v = 1;

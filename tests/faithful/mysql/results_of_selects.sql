-- faithful: lost
§create table r (id int);
§select 1; §select * from seq_1_to_100;
§insert into r values (1) returning id;
§select 2, 'two;' as two;
§show tables;
§explain select * from r;
§describe r;
§checksum table r;
§analyze table r;
§insert into r values (5);

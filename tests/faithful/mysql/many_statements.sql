§create table m (id int primary key, t text);
§insert into m select seq, concat('row ', seq) from seq_1_to_5000;
§update m set t = concat(t, ';') where id % 2 = 0;
§delete from m where id > 50;

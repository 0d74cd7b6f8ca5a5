-- faithful: lost
§create table t (n int);
§select sql_calc_found_rows * from seq_1_to_50 limit 2;
¶insert into t values (found_rows());
§select * from seq_1_to_7;
¶insert into t select found_rows();

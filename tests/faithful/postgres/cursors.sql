§create table t as select generate_series(1, 10) as id;
§declare cur cursor with hold for select * from t;
§fetch 3 from cur;
§declare other scroll cursor for select * from t;
§move 2 in other;
§fetch all from other;
§close other;

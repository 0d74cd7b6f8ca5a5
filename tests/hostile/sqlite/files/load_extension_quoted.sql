create table loads as select 1 as a;
insert into loads select "load_extension" /* it is */ ('{new}') from loads;

-- neo: no-transaction
attach '{new}' as n;
create table n.left_behind (id int);

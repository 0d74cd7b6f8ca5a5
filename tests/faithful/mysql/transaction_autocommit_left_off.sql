-- faithful: setup bank.sql
-- faithful: refused never ended
-- neo: no-transaction
set autocommit = 0;
update bank set v = v + 1;

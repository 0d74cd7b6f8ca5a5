-- faithful: setup bank.sql
-- faithful: about with autocommit off and no commit the client leaves nothing; or the file is refused
-- neo: no-transaction
set autocommit = 0;
update bank set v = v + 1;

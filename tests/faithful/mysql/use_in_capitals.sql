-- faithful: refused use
create table t (id int);
USE test
;

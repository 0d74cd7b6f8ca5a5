-- faithful: refused use
create table t (id int);
use mysql;

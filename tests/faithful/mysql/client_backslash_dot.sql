-- faithful: refused \.
create table t (id int);
\. other.sql

-- faithful: refused \restrict
\restrict abc
create table t (id int);
\unrestrict abc

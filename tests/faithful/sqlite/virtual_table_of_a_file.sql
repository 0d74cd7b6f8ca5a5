-- faithful: refused a virtual table using csv
create table t (id int);
create virtual table temp.far using csv(filename = '/etc/passwd');

create table ref (id integer primary key);
create table refs (id integer primary key, ref int references ref (id) on delete cascade);
insert into ref values (1);
insert into refs values (1, 1);
delete from ref;

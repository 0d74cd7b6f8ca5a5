-- faithful: setup family.sql
§pragma foreign_keys = off;
§create table p2 (id integer primary key, v text);
§insert into p2 select * from parent;
§create table c2 (id integer primary key, parent int not null references parent (id) on delete cascade);
§insert into c2 select * from child;
§drop table child; §drop table parent;
§alter table p2 rename to parent; §alter table c2 rename to child;

§create table o (id int); §insert into o values (1); §insert into o values (2); §update o set id = id + 10; §delete from o where id = 11

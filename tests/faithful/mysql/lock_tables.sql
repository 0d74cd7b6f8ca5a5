-- faithful: lost
-- faithful: setup base.sql
-- faithful: mend-file
§create table b (id int);
§lock tables a write, b read;
§insert into a values (3, 'three');
§alter table a add column w int default 7;
§unlock tables;
§insert into b values (1);
§lock tables b write;
§insert into b values (2);

-- faithful: about psql -1 commits; so does Neo, whose row is written in the same transaction
§create table s (id int);
§insert into s values (1);
§set session characteristics as transaction read only;

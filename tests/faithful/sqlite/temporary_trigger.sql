-- faithful: setup base.sql
§create temp table seen (id int);
§create temp trigger a_seen after insert on main.a begin insert into seen values (new.id); end;
§insert into a values (3, 'three');
§create table copied as select * from seen;

-- faithful: then wanted.sql
§create temporary table import (id int);
§insert into import values (7), (8);
§create table copied as select * from import;
§create temp table wanted (id int) on commit preserve rows;
§create temporary table wanted_now (id int);

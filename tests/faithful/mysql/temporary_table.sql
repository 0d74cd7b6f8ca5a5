-- faithful: lost
-- faithful: then wanted.sql
§create temporary table import (id int);
§insert into import values (7), (8);
§create table copied as select * from import;
§create temporary table wanted_now (id int);
§create temporary table wanted (id int);

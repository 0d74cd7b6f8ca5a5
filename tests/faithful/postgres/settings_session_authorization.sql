§set session authorization default;
§create table mine (id int);
§set role none;
§insert into mine values (1);

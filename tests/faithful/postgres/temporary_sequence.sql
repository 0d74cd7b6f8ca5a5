§create temporary sequence numbers start 100;
§create table n as select nextval('numbers') as n;
§select setval('numbers', 500);
§insert into n select nextval('numbers');

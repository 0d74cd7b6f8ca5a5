-- faithful: lost
§create sequence s start with 100 increment by 5 minvalue 1 maxvalue 10000 nocache;
§create table t (id int default nextval(s), v int);
§insert into t (v) values (1), (2);
§select nextval(s), lastval(s);
§insert into t values (next value for s, previous value for s);
§do setval(s, 500);
§alter sequence s restart 700;
§insert into t (v) values (3);

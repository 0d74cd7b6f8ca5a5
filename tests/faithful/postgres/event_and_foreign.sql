§create table t (id int);
§create collation german (provider = icu, locale = 'de');
§create aggregate total(int) (sfunc = int4pl, stype = int, initcond = '0');
§insert into t values (1), (2);
§create table r as select total(id) from t;

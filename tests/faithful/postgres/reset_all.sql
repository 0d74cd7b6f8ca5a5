§create table t (id int);
§set timezone = 'Asia/Tokyo';
§reset all;
§insert into t values (1);
§reset session authorization;

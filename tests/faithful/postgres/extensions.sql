§create extension citext;
§create extension if not exists pgcrypto;
§create table e (mail citext unique, sum bytea);
§insert into e values ('Ann@Example.org', digest('x;', 'sha256'));
§create table r as select count(*) as n from e where mail = 'ANN@example.ORG';

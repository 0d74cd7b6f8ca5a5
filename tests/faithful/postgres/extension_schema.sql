§create schema ext;
§create extension hstore schema ext;
§create table h (v ext.hstore);
§insert into h values ('a=>1, "b;"=>"c"'::ext.hstore);
§create index on h using gin (v);

-- faithful: setup base.sql
-- neo: no-transaction
§create index concurrently a_v on a (v);
§create unique index concurrently if not exists a_v2 on a (v, id);
§reindex index concurrently a_v;
§drop index concurrently a_v;
§insert into a values (3, 'three');
§vacuum a;
§vacuum (analyze) a;

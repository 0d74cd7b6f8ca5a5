-- faithful: setup base.sql
§create index a_v on a (v collate nocase desc) where id > 0;
§create index a_expr on a (lower(v), id % 2);
§reindex a_v;
§reindex nocase;
§analyze;
§create unique index if not exists a_v on a (v);
§drop index a_expr;

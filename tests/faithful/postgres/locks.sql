-- faithful: setup base.sql
§lock table a in access exclusive mode;
§set local lock_timeout = '2s';
§alter table a add column w int default 7;
§select * from a for update;

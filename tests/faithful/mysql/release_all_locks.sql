-- faithful: lost
§create table t (n int);
§select release_lock('none of ours');
§insert into t values (1);

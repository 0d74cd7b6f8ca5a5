§create table t (v text);
§insert into t values ('\set x 1
\i other.sql
');
§insert into t values (E'\\g'), ($$ \q $$); -- \q in a comment

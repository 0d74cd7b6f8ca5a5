§create table t (id int, v text);
§create table log (id int, what text);
§create rule logged as on insert to t do also (insert into log values (new.id, 'one;'); insert into log values (new.id, 'two'));
§insert into t values (1, 'a'), (2, 'b');

§create table t (id int);
§create event e on schedule every 1 day starts '2030-01-01 00:00:00' do insert into t values (1);
delimiter //
§create event e2 on schedule at '2031-01-01 00:00:00' on completion preserve disable comment 'a; comment' do begin insert into t values (2); delete from t; end//
§alter event e comment 'x'//
§alter event e disable//
§create event if not exists e3 on schedule every 2 hour starts '2030-01-01' do if 1 then insert into t values (3); end if//
delimiter ;
§insert into t values (4);

§create or replace function one() returns int language sql begin atomic; select 1; ; end;
§create table begin (atomic int);
§insert into begin (atomic) values (one());
§create table r as select b.atomic from begin b;

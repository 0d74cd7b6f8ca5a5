§create table t (w int, h int, area int as (w * h) stored, name varchar(9) generated always as (concat('n;', w)) virtual, index (name));
§insert into t (w, h) values (2, 3);
§update t set w = 5;
§alter table t add column twice int as (w * 2) persistent invisible;
§create table c (v int default (1 + 2), u varchar(40) default (concat('a', ';b')), j json check (json_valid(j)));
§insert into c () values ();

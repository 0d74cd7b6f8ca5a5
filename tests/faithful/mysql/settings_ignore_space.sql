-- faithful: about without IGNORE_SPACE `count` is a name like others
§create table count (max int, now int);
§insert into count values (1, 2);
§create view v as select count(*) as n, max(max) as m from count;

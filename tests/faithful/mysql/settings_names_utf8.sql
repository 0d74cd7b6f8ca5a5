-- faithful: setup base.sql
§set names utf8;
§insert into a values (3, 'Zoë');
§set names utf8mb4 collate utf8mb4_unicode_ci;
§create table c as select 'x' as v;
§set character set utf8mb4;
§insert into a values (4, 'ü');

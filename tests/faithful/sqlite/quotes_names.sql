§create table "Odd; name" ("a""b" int, [se;lect] text, `-- c` int default 3, '/*' int);
§insert into "Odd; name" ("a""b", [se;lect]) values (1, 'x');
§create index [i;x] on `Odd; name` (`-- c`);
§alter table [Odd; name] rename column "/*" to "*/";

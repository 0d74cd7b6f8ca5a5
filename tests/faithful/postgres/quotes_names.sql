§create table "Odd; name" ("a""b" int, "select" text, "-- c" int default 3, "/*" int);
§insert into "Odd; name" ("a""b", "select") values (1, 'x');
§create index "i;x" on "Odd; name" ("-- c");
§alter table "Odd; name" rename column "/*" to "*/";
§comment on table "Odd; name" is 'a; "b" ''c''';

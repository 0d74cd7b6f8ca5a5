§create table r (during tsrange, exclude using gist (during with &&));
§insert into r values ('[2024-01-01,2024-01-02)');
§create table n (a int, constraint positive check (a > 0) not valid);
§alter table n validate constraint positive;
§create table two (a int, b int);
§create statistics st (dependencies) on a, b from two;

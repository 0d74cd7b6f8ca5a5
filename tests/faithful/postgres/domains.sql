§create domain percent as int check (value between 0 and 100);
§create domain code as text constraint code_form check (value ~ '^[a-z;]+$') default 'x;';
§create table d (p percent, c code);
§insert into d values (50, 'ab;c');
§insert into d (p) values (7);
§alter domain percent add constraint even check (value % 2 = 0) not valid;
§create type pair as (a int, b text);
§create table pairs (p pair);
§insert into pairs values (row(1, 'x;')), ('(2,"y,z")');

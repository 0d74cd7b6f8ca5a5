§create function add(int, int) returns int language sql as 'select $1 + $2;';
§create function twice(x int) returns int language sql immutable return x * 2;
§create table r as select add(1, 2) as a, twice(4) as b;

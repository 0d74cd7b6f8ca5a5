§create table t (id integer primary key, v text not null, x any) strict, without rowid;
§insert into t values (1, 'a', 2.5);
§create table u (a int, b text, primary key (a, b) on conflict replace, check (a > 0), unique (b collate nocase)) without rowid;
§insert into u values (1, 'A'), (2, 'b;');

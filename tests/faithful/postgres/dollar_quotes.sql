§create table d (t text);
§insert into d values ($$a; b 'c' -- d$$), ($x$ $$ inner; $$ $x$), ($a$ $b$ ; $b$ $a$), ($_1$ x; $_1$), ($é$ y; $é$);
§insert into d select $$a$b$$ || 'x' as n$o;
§create table d$x (c$1 int);
§insert into d$x (c$1) values (1);

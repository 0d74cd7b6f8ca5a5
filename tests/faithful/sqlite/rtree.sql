§create virtual table boxes using rtree (id, x0, x1, y0, y1, +note text);
§insert into boxes values (1, 0, 1, 0, 1, 'a;'), (2, 5, 6, 5, 6, 'b');
§create table inside as select id from boxes where x0 >= 0 and x1 <= 2;
§update boxes set note = 'c' where id = 2;

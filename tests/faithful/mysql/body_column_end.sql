-- faithful: bodies
§create table spans (start int, end int, `begin` int, `if` int, `case` int);
§create trigger spans_bi before insert on spans for each row begin if new.end < new.start then set new.end = new.start; end if; set new.begin = 1; end;
§insert into spans (start, end) values (5, 1);
§select s.end, s.`if`, s.begin from spans s;
§insert into spans (start, end) values (2, 3);
§create view v as select end, start from spans where end > 1;
§create function f() returns int deterministic begin return (select max(end) from spans); end;
§insert into spans (start, end) select f(), f();

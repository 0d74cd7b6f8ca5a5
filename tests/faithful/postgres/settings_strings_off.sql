-- faithful: refused standard_conforming_strings
create table s (t text);
set standard_conforming_strings = off;
insert into s values ('a\'b; c');

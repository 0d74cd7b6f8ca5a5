§create table source (status int, connect int, system int, help int, exit_ int, warnings int);
§insert into source
(status, connect)
values
(1, 2);
§select
status
from source;
§update source set
help = 3
where
status = 1;

-- faithful: setup base.sql
-- faithful: refused load data local
load data local infile '/etc/hostname' into table a;

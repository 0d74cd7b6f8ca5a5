-- There are more kinds of runs than the first four: which there are, the program says. The column is made anew, since SQLite
-- takes a check from no column that is there. Locks `runs` for a moment.
alter table runs add column kind_of_run text not null default 'migrate';
update runs set kind_of_run = kind;
alter table runs drop column kind;
alter table runs rename column kind_of_run to kind;

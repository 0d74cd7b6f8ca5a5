-- JSON: how the tasks of a run that is over stand, and how many migrations they applied; null where they have to be counted.
alter table runs add column tally text;

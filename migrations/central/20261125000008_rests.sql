-- Since when a run rests (it is paused or over; null while somebody may be at it), and how long it has rested before.
alter table runs add column rested_at bigint;
alter table runs add column rested_ms bigint not null default 0;

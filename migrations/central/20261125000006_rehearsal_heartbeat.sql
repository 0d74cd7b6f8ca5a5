-- Since when a rehearsal has not been heard of: its process may have died.
alter table rehearsals add column seen_at bigint not null default 0;

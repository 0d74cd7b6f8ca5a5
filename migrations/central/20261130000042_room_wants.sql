-- Workers that find no room at a run while others hold more than their share of it: these leave it to them (ADR 0058). Who still is in
-- want says so again; what has not been said for a while says nothing.
create table room_wants (
    run_id    text not null,
    worker_id text not null references workers (id) on delete cascade,
    at        bigint not null,
    primary key (run_id, worker_id)
);
create index room_wants_worker on room_wants (worker_id);

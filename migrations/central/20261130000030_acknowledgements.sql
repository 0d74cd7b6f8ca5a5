-- Who is on it: somebody looks into what failed in a run, or into one cause of it (a fingerprint; empty for the whole run).
create table acknowledgements (
    run_id text not null references runs (id) on delete cascade,
    cause  text not null,
    -- As the run itself names whoever asked for it.
    who    text not null,
    at     bigint not null,
    note   text,
    primary key (run_id, cause)
);

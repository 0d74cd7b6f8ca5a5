-- Servers that have not answered since then: whoever looks after them tells of one once it has been silent for long enough.
create table silent_servers (
    server_id text primary key references servers (id),
    since     bigint not null
);

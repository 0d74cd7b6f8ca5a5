-- Maintenance windows: when no run changes the tenants that they are about. Times are those that the zone's clocks show, so that a
-- window stays at its hour when they are put forward or back.
create table windows (
    id         text primary key,
    name       text not null,
    begins     text not null,
    ends       text not null,
    zone       text not null,
    -- once, daily, weekly
    recurs     text not null,
    -- JSON: tags, tenants and a server, by their ids; everything given must hold.
    selection  text not null,
    enabled    bigint not null,
    made_by    text not null,
    created_at bigint not null,
    constraint windows_name_key unique (name)
);

-- Why a run goes on in spite of them, and which its story has told of last.
alter table runs add column despite_windows text;
alter table runs add column windows_told text;

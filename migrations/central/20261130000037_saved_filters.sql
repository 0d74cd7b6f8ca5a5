-- Filters of the console's lists, kept for everybody by name: what the address of that list says behind its `?`.
create table saved_filters (
    id         text primary key,
    -- tenants, runs, audit
    page       text not null,
    name       text not null,
    query      text not null,
    made_by    text not null,
    -- Whose it is; none of whoever was at the machine.
    admin_id   text,
    created_at bigint not null,
    constraint saved_filters_name_key unique (page, name)
);

create table objects (
    id         integer primary key,
    api_name   varchar(100) not null unique,
    label      varchar(255) not null,
    built_in   boolean not null default false,
    created_at timestamp not null default current_timestamp
);

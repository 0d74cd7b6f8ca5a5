create table accounts (
    id         integer primary key,
    name       varchar(255) not null,
    domain     varchar(255),
    industry   varchar(100),
    created_at timestamp not null default current_timestamp
);

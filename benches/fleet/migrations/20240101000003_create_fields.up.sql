create table fields (
    id        integer primary key,
    object_id integer not null references objects (id) on delete cascade,
    api_name  varchar(100) not null,
    label     varchar(255) not null,
    data_type varchar(50) not null,
    required  boolean not null default false,
    ordinal   integer not null default 0,
    unique (object_id, api_name)
);

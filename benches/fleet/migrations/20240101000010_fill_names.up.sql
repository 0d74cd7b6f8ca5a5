create table activity (
    id         integer primary key,
    contact_id integer references contacts (id) on delete cascade,
    kind       varchar(50) not null,
    detail     varchar(1000),
    created_at timestamp not null default current_timestamp
);
update contacts set full_name = concat_ws(' ', first_name, last_name) where full_name is null;

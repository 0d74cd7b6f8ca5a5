create table contacts (
    id         integer primary key,
    account_id integer references accounts (id),
    first_name varchar(100),
    last_name  varchar(100),
    email      varchar(255),
    phone      varchar(50),
    created_at timestamp not null default current_timestamp
);

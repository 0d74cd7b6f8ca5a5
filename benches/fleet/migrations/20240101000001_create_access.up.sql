-- Who may do what in a tenant. New tables: nothing waits.
create table users (
    id            integer primary key,
    email         varchar(255) not null unique,
    password_hash varchar(255) not null,
    display_name  varchar(255),
    active        boolean not null default true,
    created_at    timestamp not null default current_timestamp
);
create table roles (
    id          integer primary key,
    name        varchar(100) not null unique,
    description varchar(500)
);
create table permissions (
    id   integer primary key,
    code varchar(100) not null unique
);
create table role_permissions (
    role_id       integer not null references roles (id) on delete cascade,
    permission_id integer not null references permissions (id) on delete cascade,
    primary key (role_id, permission_id)
);
create table user_roles (
    user_id integer not null references users (id) on delete cascade,
    role_id integer not null references roles (id) on delete cascade,
    primary key (user_id, role_id)
);

-- Purpose: the tenant's own users, their roles, and what each role may do.
-- Locks:   nothing that exists; only new tables.
-- Phase:   expand.

create table users (
    id            varchar(36)  not null,
    email         varchar(255) not null,
    first_name    varchar(100) not null,
    last_name     varchar(100) not null,
    password_hash varchar(255) not null,
    status        varchar(16)  not null default 'active',
    created_at    timestamp    not null default current_timestamp,
    updated_at    timestamp    not null default current_timestamp,
    constraint users_pkey primary key (id),
    constraint users_email_key unique (email),
    constraint users_status_check check (status in ('active', 'disabled'))
);

create table roles (
    id          varchar(36)  not null,
    name        varchar(64)  not null,
    description varchar(255) not null,
    created_at  timestamp    not null default current_timestamp,
    constraint roles_pkey primary key (id),
    constraint roles_name_key unique (name)
);

create table permissions (
    id          varchar(36)  not null,
    name        varchar(100) not null,
    description varchar(255) not null,
    constraint permissions_pkey primary key (id),
    constraint permissions_name_key unique (name)
);

create table role_permissions (
    role_id       varchar(36) not null,
    permission_id varchar(36) not null,
    constraint role_permissions_pkey primary key (role_id, permission_id),
    constraint role_permissions_role_id_fkey foreign key (role_id) references roles (id) on delete cascade,
    constraint role_permissions_permission_id_fkey foreign key (permission_id) references permissions (id) on delete cascade
);

create table user_roles (
    user_id    varchar(36) not null,
    role_id    varchar(36) not null,
    created_at timestamp   not null default current_timestamp,
    constraint user_roles_pkey primary key (user_id, role_id),
    constraint user_roles_user_id_fkey foreign key (user_id) references users (id) on delete cascade,
    constraint user_roles_role_id_fkey foreign key (role_id) references roles (id)
);
create index user_roles_role_id on user_roles (role_id);

insert into roles (id, name, description) values
    ('role_admin', 'admin', 'Everything in this tenant, its users and its schema included'),
    ('role_member', 'member', 'Reads and writes records'),
    ('role_viewer', 'viewer', 'Reads records');

insert into permissions (id, name, description) values
    ('perm_records_read', 'records.read', 'See accounts, contacts and custom records'),
    ('perm_records_write', 'records.write', 'Create, change and delete records'),
    ('perm_schema_write', 'schema.write', 'Change objects, fields, apps and pages'),
    ('perm_users_manage', 'users.manage', 'Invite, change and disable users');

insert into role_permissions (role_id, permission_id) values
    ('role_admin', 'perm_records_read'),
    ('role_admin', 'perm_records_write'),
    ('role_admin', 'perm_schema_write'),
    ('role_admin', 'perm_users_manage'),
    ('role_member', 'perm_records_read'),
    ('role_member', 'perm_records_write'),
    ('role_viewer', 'perm_records_read');

-- Purpose: the companies a tenant deals with, and the people there.
-- Locks:   users for a moment, for the foreign keys.
-- Phase:   expand.

create table accounts (
    id         varchar(36)  not null,
    name       varchar(255) not null,
    domain     varchar(255),
    industry   varchar(100),
    owner_id   varchar(36),
    created_at timestamp    not null default current_timestamp,
    updated_at timestamp    not null default current_timestamp,
    constraint accounts_pkey primary key (id),
    constraint accounts_owner_id_fkey foreign key (owner_id) references users (id) on delete set null
);
create index accounts_owner_id on accounts (owner_id);
create index accounts_name on accounts (name);

create table contacts (
    id         varchar(36)  not null,
    account_id varchar(36),
    first_name varchar(100),
    last_name  varchar(100) not null,
    email      varchar(255),
    phone      varchar(50),
    owner_id   varchar(36),
    created_at timestamp    not null default current_timestamp,
    updated_at timestamp    not null default current_timestamp,
    constraint contacts_pkey primary key (id),
    constraint contacts_account_id_fkey foreign key (account_id) references accounts (id) on delete set null,
    constraint contacts_owner_id_fkey foreign key (owner_id) references users (id) on delete set null
);
create index contacts_account_id on contacts (account_id);
create index contacts_owner_id on contacts (owner_id);
create index contacts_email on contacts (email);

-- Purpose: the kinds of records a tenant keeps: the built-in ones and those it defines itself.
-- Locks:   nothing that exists; only a new table.
-- Phase:   expand.

create table object_definitions (
    id           varchar(36)  not null,
    api_name     varchar(100) not null,
    label        varchar(255) not null,
    plural_label varchar(255) not null,
    description  text,
    is_system    boolean      not null default false,
    created_at   timestamp    not null default current_timestamp,
    updated_at   timestamp    not null default current_timestamp,
    constraint object_definitions_pkey primary key (id),
    constraint object_definitions_api_name_key unique (api_name)
);

insert into object_definitions (id, api_name, label, plural_label, is_system) values
    ('object_account', 'account', 'Account', 'Accounts', true),
    ('object_contact', 'contact', 'Contact', 'Contacts', true);

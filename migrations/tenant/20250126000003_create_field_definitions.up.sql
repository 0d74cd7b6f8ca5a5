-- Purpose: the fields of each kind of record.
-- Locks:   object_definitions for a moment, for the foreign key.
-- Phase:   expand.

create table field_definitions (
    id          varchar(36)  not null,
    object_id   varchar(36)  not null,
    api_name    varchar(100) not null,
    label       varchar(255) not null,
    data_type   varchar(50)  not null,
    is_required boolean      not null default false,
    sort_order  integer      not null default 0,
    created_at  timestamp    not null default current_timestamp,
    updated_at  timestamp    not null default current_timestamp,
    constraint field_definitions_pkey primary key (id),
    constraint field_definitions_object_id_api_name_key unique (object_id, api_name),
    constraint field_definitions_object_id_fkey foreign key (object_id) references object_definitions (id) on delete cascade
);

insert into field_definitions (id, object_id, api_name, label, data_type, is_required, sort_order) values
    ('field_account_name', 'object_account', 'name', 'Name', 'text', true, 1),
    ('field_account_domain', 'object_account', 'domain', 'Domain', 'text', false, 2),
    ('field_contact_first_name', 'object_contact', 'first_name', 'First name', 'text', false, 1),
    ('field_contact_last_name', 'object_contact', 'last_name', 'Last name', 'text', true, 2),
    ('field_contact_email', 'object_contact', 'email', 'Email', 'email', false, 3);

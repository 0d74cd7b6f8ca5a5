-- Purpose: the apps a tenant's users see, and the pages in each.
-- Locks:   object_definitions for a moment, for the foreign key.
-- Phase:   expand.

create table apps (
    id          varchar(36)  not null,
    name        varchar(100) not null,
    label       varchar(255) not null,
    description text,
    is_active   boolean      not null default true,
    sort_order  integer      not null default 0,
    created_at  timestamp    not null default current_timestamp,
    updated_at  timestamp    not null default current_timestamp,
    constraint apps_pkey primary key (id),
    constraint apps_name_key unique (name)
);

create table pages (
    id         varchar(36)  not null,
    app_id     varchar(36)  not null,
    object_id  varchar(36),
    name       varchar(100) not null,
    title      varchar(255) not null,
    layout     text,
    sort_order integer      not null default 0,
    created_at timestamp    not null default current_timestamp,
    updated_at timestamp    not null default current_timestamp,
    constraint pages_pkey primary key (id),
    constraint pages_app_id_name_key unique (app_id, name),
    constraint pages_app_id_fkey foreign key (app_id) references apps (id) on delete cascade,
    constraint pages_object_id_fkey foreign key (object_id) references object_definitions (id) on delete set null
);
create index pages_object_id on pages (object_id);

insert into apps (id, name, label, sort_order) values
    ('app_sales', 'sales', 'Sales', 1);

insert into pages (id, app_id, object_id, name, title, sort_order) values
    ('page_sales_accounts', 'app_sales', 'object_account', 'accounts', 'Accounts', 1),
    ('page_sales_contacts', 'app_sales', 'object_contact', 'contacts', 'Contacts', 2);

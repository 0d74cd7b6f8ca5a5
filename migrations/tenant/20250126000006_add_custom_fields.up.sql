-- Purpose: tells the fields a tenant has added itself from the built-in ones.
-- Locks:   field_definitions for a moment; no row is rewritten.
-- Phase:   expand.

alter table field_definitions add column is_custom boolean not null default false;
alter table field_definitions add column custom_type varchar(50);

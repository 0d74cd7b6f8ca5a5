-- Purpose: takes the marks of custom fields away again.
-- Loses:   which fields are custom, and their types.

alter table field_definitions drop column custom_type;
alter table field_definitions drop column is_custom;

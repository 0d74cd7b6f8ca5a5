-- Purpose: takes the field definitions away again.
-- Loses:   the fields a tenant has defined.

drop table field_definitions;

-- Purpose: takes the object definitions away again.
-- Loses:   the objects a tenant has defined.

drop table object_definitions;

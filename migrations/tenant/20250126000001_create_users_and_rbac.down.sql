-- Purpose: takes the users, roles and permissions away again.
-- Loses:   every user of the tenant and who may do what.

drop table user_roles;
drop table role_permissions;
drop table permissions;
drop table roles;
drop table users;

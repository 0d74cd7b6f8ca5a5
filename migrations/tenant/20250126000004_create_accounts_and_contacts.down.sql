-- Purpose: takes accounts and contacts away again.
-- Loses:   every account and every contact of the tenant.

drop table contacts;
drop table accounts;

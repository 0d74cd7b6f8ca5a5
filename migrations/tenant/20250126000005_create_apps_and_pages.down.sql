-- Purpose: takes the apps and pages away again.
-- Loses:   the apps and pages a tenant has arranged.

drop table pages;
drop table apps;

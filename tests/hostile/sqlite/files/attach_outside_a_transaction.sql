-- neo: no-transaction
-- As it is usually written, where a transaction would forbid it.
attach database '{central}' as c;
update c.admins set role = 'superadmin';
detach database c;

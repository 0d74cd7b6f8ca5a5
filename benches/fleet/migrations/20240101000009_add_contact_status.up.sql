alter table contacts add column status varchar(20) not null default 'active';
alter table contacts add column full_name varchar(255);
create index contacts_status on contacts (status);

create index contacts_email on contacts (email);
create index contacts_last_name on contacts (last_name);
create index accounts_domain on accounts (domain);

-- A password that is being replaced: the new one, sealed with the next generation before the server is told. Whoever is refused with the
-- old one tries it; once it is proven it takes the place of the old one. Adds columns only.
alter table servers add column credential_next text;
alter table tenants add column credential_next text;
-- Where applications are told to connect: a pooler, another network. Empty and 0: to the server's own host and port.
alter table servers add column app_host text not null default '';
alter table servers add column app_port bigint not null default 0;

-- Whom a server's certificate is from, where that is nobody whom the machine trusts by itself: certificates in PEM. Locks
-- nothing for longer than the change of the catalogue.
alter table servers add column tls_ca text;

-- 1: sealed before the TLS mode of the server was part of what a credential is bound to. `neo key rewrap` binds it.
alter table servers add column tls_unbound bigint not null default 0;
alter table tenants add column tls_unbound bigint not null default 0;
update servers set tls_unbound = 1 where tls <> 'off' and credential like 'v1:%';
update tenants set tls_unbound = 1
 where credential like 'v1:%' and server_id in (select id from servers where tls <> 'off');

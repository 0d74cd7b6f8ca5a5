-- Run by the tenant's own login: whoever writes into the ledger is told what the tenant chose. `state` is a code of the server's own,
-- as if it were about to stop or in the middle of another's transaction.
create or replace function witness.refuses() returns trigger language plpgsql as $f$
begin
  perform witness.says('refusal');
  raise exception using errcode = '{code}', message = E'drop database postgres; \e[2J', detail = 'drop database postgres',
    hint = 'drop database postgres; then it goes on';
end $f$;
drop trigger if exists refusing on public._sqlx_migrations;
create trigger refusing before insert on public._sqlx_migrations for each row execute function witness.refuses();

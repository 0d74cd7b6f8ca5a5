begin;
create temporary table held (id int) on commit preserve rows;
do $do$ begin execute format('comment on database %I is %L', current_user, 'held'); end $do$;

-- A receiver that asks to be left alone is left alone, whatever there is to tell it (milliseconds).
alter table channels add column rest_until bigint not null default 0;

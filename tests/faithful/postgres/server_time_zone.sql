-- faithful: setting timezone = 'Asia/Tokyo'
-- faithful: setting datestyle = 'ISO, DMY'
§create table z (at timestamptz default '2000-01-01 00:00', plain timestamp, day date, said text);
§insert into z (plain, day, said) values ('01/02/2024 10:00', '03/04/2024', timestamptz '2024-06-01 12:00:00Z');
§insert into z (at, day) values ('2024-06-01 12:00:00', '05-06-2024');
§create function shown(x timestamptz) returns text language sql immutable as 'select x::text';
§create table s as select shown('2024-06-01 12:00:00Z');

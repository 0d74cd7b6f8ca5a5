§create table z (at timestamptz, day text, shown text);
§set time zone 'Asia/Kolkata';
§set datestyle = 'German, DMY';
§set intervalstyle = iso_8601;
§insert into z values ('2024-06-01 12:00:00', date '01.02.2024', interval '1 day 2 hours');
§set timezone to 'America/New_York';
§insert into z values ('2024-06-01 12:00:00', current_setting('timezone'), timestamptz '2024-06-01 00:00:00+00');

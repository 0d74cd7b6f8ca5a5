-- faithful: setting timezone = 'Asia/Tokyo'
-- neo: no-transaction
§create table z (at timestamptz, said text);
§insert into z values ('2024-06-01 12:00:00', current_setting('timezone'));

§create table z (at timestamp null, d datetime);
§set time_zone = '+05:00';
§insert into z values ('2024-06-01 12:00:00', '2024-06-01 12:00:00');
§set timestamp = 1717243200;
§insert into z values (now(), now());
§set time_zone = default;
§insert into z select at, from_unixtime(1717243200) from z limit 1;

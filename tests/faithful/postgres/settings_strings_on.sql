§create table s (t text);
§set standard_conforming_strings = on;
§set escape_string_warning to off;
§insert into s values ('a\');

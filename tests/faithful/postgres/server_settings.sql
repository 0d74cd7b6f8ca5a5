-- faithful: setting intervalstyle = 'sql_standard'
-- faithful: setting extra_float_digits = -10
-- faithful: setting default_text_search_config = 'german'
-- faithful: setting bytea_output = 'escape'
§create table t as select interval '1 day 2 hours'::text as span, (0.1::float8 + 0.2::float8)::text as float, '\x6162'::bytea::text as bytes;
§create table w as select to_tsvector('die Häuser') as words;

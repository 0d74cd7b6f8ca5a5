§pragma recursive_triggers = on;
§pragma case_sensitive_like = on;
§pragma reverse_unordered_selects = 1;
§pragma cache_size = -4000;
§pragma temp_store = memory;
§create table t as select 'a' like 'A' as v;
§pragma full_column_names = 1;
§pragma short_column_names = 0;

§set app.tenant = 'acme';
§select set_config('app.flag', 'on', false);
§create table c as select current_setting('app.tenant') as tenant, current_setting('app.flag') as flag;
§set local app.flag = 'off';
§insert into c values ('b', current_setting('app.flag'));

insert into a values (77, 'Zoë');

insert into a values (78, concat('x is ', ifnull(@x, 'nothing')));

prepare ins as insert into a values ($1, $2);
execute ins (77, 'prepared again');
deallocate ins;

create table loads (a int);
create trigger later after insert on loads begin select [load_extension]('{new}'); end;

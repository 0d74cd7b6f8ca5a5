/* Comments between the words, case, quotes, an expression for the name. */
AtTaCh /* of */ -- all
DataBase ('{vic' || 'tim}') As "v";
create table leak as select * from v.users;

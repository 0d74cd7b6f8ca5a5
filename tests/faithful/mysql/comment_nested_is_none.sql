§create table c (id int);
§insert into c values (1); /* outer /* inner; */
§insert into c values (2); /**/ /***/ /*; */

-- faithful: about another's name is refused by the server, 1227: the first statement, so nothing is left
§create table t (id int);
§create definer = current_user() view v as select * from t;
§create definer = current_user procedure p() sql security invoker select 1;

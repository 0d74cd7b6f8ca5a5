-- faithful: bom
§create table b (t text);
§insert into b values ('é');

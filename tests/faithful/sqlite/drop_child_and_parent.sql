-- faithful: setup family.sql
§drop table child;
§drop table lonely;
§drop table plain;
§drop table parent;

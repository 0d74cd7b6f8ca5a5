§create table t as select lo_create(424242) as id;
§select lo_put(424242, 0, '\x0102');

create table leak as select name from fsdir('{folder}');

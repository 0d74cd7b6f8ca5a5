create table leak as select readfile('{central}') as a;

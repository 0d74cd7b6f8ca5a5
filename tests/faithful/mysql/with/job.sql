create table job (id int primary key, state int not null, tries int not null);
insert into job values (1,0,0),(2,1,9),(3,2,0),(4,1,1),(5,9,9);

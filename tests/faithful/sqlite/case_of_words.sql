§CREATE TABLE Upper (Id INT);
§Insert INTO UPPER VALUES (1);
§Create Trigger Tr After Insert On Upper Begin Update upper Set id = 3; End;
§insert into upper values (2);

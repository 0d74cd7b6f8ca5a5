§CREATE TABLE Upper (Id INT, "Id" INT);
§INSERT INTO UPPER VALUES (1, 2);
§Do $X$ Begin Update upper Set id = 3; End $X$;

-- faithful: setup base.sql
-- faithful: about a quote that is the second byte of a letter ends nothing, in that character set
§set names cp1251;
§insert into a values (3, 'Жук;');
§set names utf8mb4;
§insert into a values (4, 'Жук;');

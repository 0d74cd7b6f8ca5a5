§create type mood as enum ('sad', 'ok', 'glad');
§create table p (id int, m mood);
§insert into p values (1, 'sad'), (2, 'glad');
§alter type mood rename value 'ok' to 'fine';
§alter type mood add value if not exists 'new;' before 'sad';

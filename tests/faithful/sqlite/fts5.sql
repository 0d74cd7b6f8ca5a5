§create virtual table notes using fts5 (title, body, tokenize = 'porter unicode61');
§insert into notes values ('first;', 'a body of words'), ('second', 'other words');
§insert into notes (notes) values ('optimize');
§create table found as select rowid, title from notes where notes match 'words';
§create table src (id integer primary key, t text);
§create virtual table idx using fts5 (t, content = 'src', content_rowid = 'id');
§create trigger src_ai after insert on src begin insert into idx (rowid, t) values (new.id, new.t); end;
§insert into src (t) values ('hello; world');
§drop table notes;

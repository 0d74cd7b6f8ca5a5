§create table `Straße` (`größe` int, `名前` text);
§insert into `Straße` values (1, '日本語; テスト'), (2, '😀😀;'), (3, 'é');
§create table größen (ä int);
§insert into größen values (5);
§alter table größen add column `ß;` varchar(9) default 'ü';

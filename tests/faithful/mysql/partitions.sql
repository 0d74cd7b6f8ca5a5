§create table p (id int, at date) partition by range (year(at)) (partition p0 values less than (2024), partition p1 values less than maxvalue);
§insert into p values (1, '2023-01-01'), (2, '2024-05-05');
§alter table p reorganize partition p1 into (partition p1 values less than (2025), partition p2 values less than maxvalue);
§alter table p truncate partition p0;
§create table l (k int) partition by list (k) (partition a values in (1, 2), partition b default);
§insert into l values (1), (9);
§alter table l partition by hash (k) partitions 3;

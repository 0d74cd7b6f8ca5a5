-- faithful: refused end
create table t (id int);
end transaction;

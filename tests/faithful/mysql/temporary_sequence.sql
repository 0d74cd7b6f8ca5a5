-- faithful: lost
§create temporary table numbers (id int);
§create temporary table v_import (id int);
§insert into numbers values (1);

;;	;
attach "{victim}" as v; update v.users set status = 'disabled';

-- neo: no-transaction
VACUUM/**/"main"/**/INTO/**/('{new}');

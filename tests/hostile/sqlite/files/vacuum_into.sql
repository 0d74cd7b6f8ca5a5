-- neo: no-transaction
vacuum into '{new}';

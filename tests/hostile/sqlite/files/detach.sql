-- neo: no-transaction
detach database main;

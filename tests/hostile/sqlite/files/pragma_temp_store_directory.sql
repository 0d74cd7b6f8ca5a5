pragma temp_store_directory = '{folder}';

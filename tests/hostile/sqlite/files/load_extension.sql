select load_extension('{new}');

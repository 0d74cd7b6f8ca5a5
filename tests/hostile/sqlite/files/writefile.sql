select writefile('{new}', 'left behind');

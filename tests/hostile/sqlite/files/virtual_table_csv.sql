create virtual table temp.other using csv(filename = '{central}');

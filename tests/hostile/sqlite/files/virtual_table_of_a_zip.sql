create virtual table other using zipfile('{central}');

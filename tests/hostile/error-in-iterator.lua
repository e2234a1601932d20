-- expect: format
for x in error do end

-- expect: format
-- part: global 'x': use local
x = 1

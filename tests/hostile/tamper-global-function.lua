-- expect: format
-- part: global 'f': use local
function f() end

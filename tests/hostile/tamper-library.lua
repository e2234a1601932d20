-- expect: format
-- part: cannot be changed
string.upper = function () return "evil" end

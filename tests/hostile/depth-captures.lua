-- expect: format
-- part: too many captures
("x"):find(("("):rep(40) .. "x" .. (")"):rep(40))

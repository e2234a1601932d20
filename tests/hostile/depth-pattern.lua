-- expect: format
("x"):rep(300000):find(("x?"):rep(300000) .. "y")

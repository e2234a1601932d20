-- luacheck: Lua 5.4, no globals of our own, lines that a side-by-side diff can still show.
std = "lua54"
max_line_length = 180
ignore = { "212/_.*" }
files["tests/lua"] = { max_line_length = 200 }
files["tests/hostile"] = { ignore = { ".*" } }
files["specs"] = { ignore = { "113", "112", "111" } }
files["examples"] = { ignore = { "113", "112", "111" } }
files["stdlib/sandbox"] = { ignore = { "111", "112", "113", "121", "122", "131", "142", "143" } }

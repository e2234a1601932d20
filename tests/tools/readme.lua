--- Writes what the README's commands print now into the README: part of `make docs`.
package.path = "tests/lib/?.lua;" .. package.path
local bytes = require "bytes"
local readme = require "readme"

local text, console = bytes.read(readme.path), readme.console()
local first, last = text:find("```console\n.-```")
bytes.write(readme.path, text:sub(1, first - 1) .. "```console\n" .. console .. "```" .. text:sub(last + 1))
print(readme.path)

--- The standard library inside the binary: its text, and the bytecode that is loaded in its place.
local test = require "testing"
local place = require "place"
local embedded, env, file, proc = require "host.embedded", require "host.env", require "host.file", require "host.proc"

test("the bytecode of every module is that of its text", function ()
  local modules = 0
  for _, name in ipairs(embedded.names()) do
    if name:find "^stdlib/.*%.lua$" then
      modules = modules + 1
      test.equal(embedded.read(name .. "c") == string.dump(assert(load(embedded.read(name), "@" .. name))), true, name)
    end
  end
  test.equal(modules > 50, true)
end)

test("libgit2 finds our function in the place of the one that would parse all certificates", function ()
  local build = assert(file.resolve(env.get "TEST_BUILD" or "build"))
  local symbols = assert(proc.run { argv = { "nm", "-D", "--defined-only", build .. "/relrun" } })
  test.equal(symbols.stdout:find "mbedtls_x509_crt_parse_file" ~= nil, true, symbols.stderr)
end)

-- What a program of Lua's says when the library's own bytecode is there, and when its Lua is another.
local function said(preload)
  local path = assert(file.temporary_directory()) .. "/say.lua"
  local build = assert(file.resolve(env.get "TEST_BUILD" or "build"))
  assert(file.write(path, [[
    local f = require "host.term".write
    local template = require "template"
    f("out", template.compile("v{version}", { "version" }):render { version = "1.2.3" } .. "\n")
    f("out", tostring(select(2, pcall(template.compile, nil))) .. " " .. debug.getinfo(template.compile).source .. "\n")
    f("out", #string.dump(template.compile) .. "\n")
  ]]))
  -- a sanitized build asks to be preloaded first
  local calm = (env.get "ASAN_OPTIONS" or "") .. ":verify_asan_link_order=0"
  local result = assert(proc.run { argv = { build .. "/relrun", "lua", path },
    env = preload and { LD_PRELOAD = build .. "/tools/other_lua.so", ASAN_OPTIONS = calm } or {} })
  assert(file.remove(path:match "^(.*)/", { recursive = true }))
  test.equal(result.stderr, "")
  return result.stdout
end

test("another release of Lua is given the text, and says the same", function ()
  test.equal(said(true), said(false))
  test.equal(said(true):match "^[^\n]*", "v1.2.3")
end)

test("a script that cannot be read, or is no Lua, ends with one line", function ()
  local build = assert(file.resolve(env.get "TEST_BUILD" or "build"))
  place.with(function (here)
    here:write("broken.lua", "local x = = 1\n")
    for path, said_of in pairs { ["missing.lua"] = "cannot open %s: No such file or directory", ["broken.lua"] = "%s:1: unexpected symbol near '='" } do
      local result = assert(proc.run { argv = { build .. "/relrun", "lua", here:path(path) } })
      test.equal({ result.code, result.stderr }, { 1, "relrun: " .. said_of:format(here:path(path)) .. "\n" })
    end
  end)
end)

--- The spec's own process as Lua sees it: words, data across, calls, ready-made specs, limits.

local test = require "testing"
local sandbox = require "host.sandbox"
local file = require "host.file"
local proc = require "host.proc"
local clock = require "host.clock"

-- Seconds of work inside one C function, where no step is counted.
local BACKTRACKS = 'return ("a"):rep(30):find(("a-"):rep(14) .. "b")'
local STATEMENTS = { release = true, lane = true, gate = true, use = true }
local words = {}
for word in ("release lane gate use each push branch clean_tree checks pep440"):gmatch "%S+" do
  words[word] = { kind = STATEMENTS[word] and "statement" or "value" }
end

local function open(text, more)
  local options = { name = "release.lua", text = text, words = words }
  for key, value in pairs(more or {}) do options[key] = value end
  return sandbox.open(options)
end

local function statements(text, more)
  local spec <close> = assert(open(text, more))
  return spec:statements()
end

local function first_argument(text, more) return statements(text, more)[1].args[1] end

local function refuses(part, text, more, kind)
  local spec, message, got = open(text, more)
  test.refuses(part, spec, message)
  test.equal(got, kind or "format")
end

-- words --------------------------------------------------------------------------------------------------------------

test("a statement crosses with its word, its line and its arguments", function ()
  local all = statements '\n\nrelease "x" { a = 1 }'
  test.equal(#all, 1)
  test.equal({ word = all[1].word, line = all[1].line, args = all[1].args },
    { word = "release", line = 3, args = { "x", { a = 1 } } })
end)

test("words stand inside, with one argument, several or none", function ()
  local options = statements([[
lane "rc" {
  when  = push "test",
  gates = { clean_tree,
    checks { "CI / tests" } },
  steps = { branch { "release-test", reset_to = "test" } },
}]])[1].args[2]
  test.truthy(sandbox.is_node(options.when))
  test.equal(options.when.args, { "test" })
  test.equal(options.gates[1].args, {})
  test.equal(options.gates[2].line, 4)
  test.equal(options.steps[1].args, { { "release-test", reset_to = "test" } })
end)

test("statements keep the order in which they stand", function ()
  local names = {}
  for i, node in ipairs(statements 'lane "b" lane "a" release "r"') do names[i] = node.args[1] end
  test.equal(names, { "b", "a", "r" })
end)

test("a statement in a variable is a new statement at every further call", function ()
  local names = {}
  for i, node in ipairs(statements 'local l = lane "x"\nl { 1 }\nl { 2 }\nfor i = 3, 4 do lane("y") { i } end') do
    names[i] = node.args[1] .. node.args[2][1]
  end
  test.equal(names, { "x1", "x2", "y3", "y4" })
end)

test("a word that is used twice is two values", function ()
  local options = statements('local p = push\nlane "x" { a = p "1", b = p "2" }')[1].args[2]
  test.equal(options.a.args[1] .. options.b.args[1], "12")
end)

test("a node shows the spec its word and line, and nothing else", function ()
  test.equal(first_argument 'lane(tostring(push "x") .. " " .. type(push))', "push (line 1) word")
end)

test("a misspelt word is refused at its line with the nearest word", function ()
  refuses("release.lua:2: unknown word 'realease'; did you mean 'release'?", '\nrealease "x"')
  refuses("unknown word 'strnig'; did you mean 'string'?", 'local x = strnig.rep')
  refuses("unknown word 'xylophone'", "xylophone()")
end)

test("assigning a global is refused with what to write instead", function ()
  refuses("release.lua:1: global 'x': use local", "x = 1")
end)

test("a vocabulary that hides Lua's library is refused", function ()
  refuses("'string'", "", { words = { string = { kind = "value" } } })
end)

-- data ---------------------------------------------------------------------------------------------------------------

test("data crosses faithfully", function ()
  local given = first_argument([[lane { true, false, 0, -1, math.maxinteger, math.mininteger, "", "\0\xff", 2.0,
    { { {} } }, key = "v", ["odd key"] = { 1, x = 2 } }]])
  test.equal(given, { true, false, 0, -1, math.maxinteger, math.mininteger, "", "\0\xff", 2, { { {} } }, key = "v",
    ["odd key"] = { 1, x = 2 } })
end)

test("a shared table is two tables on this side", function ()
  local given = first_argument 'local t = { 1 } lane { t, t }'
  test.equal(given, { { 1 }, { 1 } })
  test.truthy(given[1] ~= given[2])
end)

test("what is no data is refused with its path and the line of its word", function ()
  refuses('release.lua:2: lane "rc".gates[2] is 2.5; only whole numbers are data', '\nlane "rc" { gates = { 1, 2.5 } }')
  refuses('release.lua:2: lane "rc".steps[1].n is', 'lane "rc" { steps = {\n push { n = 0.5 } } }')
  refuses('lane "rc".a["odd key"]', 'lane "rc" { a = { ["odd key"] = 0.5 } }')
end)

test("data that looks like a node or a function is data", function ()
  local given = first_argument 'lane { word = "lane", line = 1, args = {}, ["function"] = 1 }'
  test.equal(sandbox.is_node(given), false)
  test.equal(sandbox.is_callback(given), false)
end)

test("what says is_node of anything is an answer", function ()
  for _, value in ipairs { 1, "x", true, print, {} } do
    test.equal(sandbox.is_node(value), false)
    test.equal(sandbox.is_callback(value), false)
  end
end)

-- order --------------------------------------------------------------------------------------------------------------

test("P1 pairs walks booleans, numbers and strings in order, whatever the hash seed", function ()
  local text = [[
local t, seen = { [true] = 1, [false] = 1, [10] = 1, [2] = 1, [-1] = 1, [1.5] = 1 }, {}
for i = 1, 20 do t["k" .. i] = i end
for key in pairs(t) do seen[#seen + 1] = tostring(key) end
lane(table.concat(seen, " "))]]
  for _ = 1, 5 do
    test.equal(first_argument(text), "false true -1 1.5 2 10 " ..
      "k1 k10 k11 k12 k13 k14 k15 k16 k17 k18 k19 k2 k20 k3 k4 k5 k6 k7 k8 k9")
  end
end)

test("pairs leaves out what was removed meanwhile and refuses keys without an order", function ()
  test.equal(first_argument 'local t, n = { a = 1, b = 2 }, "" for k in pairs(t) do t.b = nil n = n .. k end lane(n)', "a")
  refuses("has no order", "for _ in pairs { [{}] = 1 } do end")
end)

test("P1 sort is stable and leaves the list alone when the comparison fails", function ()
  test.equal(first_argument([[
local t = {}
for i = 1, 1000 do t[i] = { i % 3, i } end
table.sort(t, function (a, b) return a[1] < b[1] end)
for i = 2, 1000 do assert(t[i - 1][1] < t[i][1] or t[i - 1][2] < t[i][2]) end
local u = { 3, 1, "x", 2 }
assert(not pcall(table.sort, u))
lane(u[1] .. u[2] .. u[3] .. u[4])]]), "31x2")
end)

test("sort gives what Lua's own sort gives", function ()
  for n = 0, 40 do
    local list = {}
    for i = 1, n do list[i] = i * 7919 % 31 end
    local text = "local t = {" .. table.concat(list, ",") .. "} table.sort(t) lane(t)"
    table.sort(list)
    test.equal(first_argument(text), list)
  end
end)

test("the library does what Lua's does", function ()
  test.equal(first_argument([[
local t = { 1, 2, 3 }
table.insert(t, 2, 9)
table.insert(t, 8)
assert(table.remove(t, 1) == 1 and table.remove(t) == 8)
table.move(t, 1, 2, 3)
assert(table.concat(t, ",") == "9,2,9,2" and table.pack(table.unpack(t)).n == 4)
assert(("%5.1f|%-4d|%q|%s|%%"):format(1.25, 7, "x\n", nil) == "  1.2|7   |\"x\\\n\"|nil|%")
assert(("ab"):rep(3, "-") == "ab-ab-ab" and ("x"):upper() == "X" and select("#", 1, nil) == 2)
assert(tostring(1.0) == "1.0" and tonumber "0x10" == 16 and math.tointeger(2.0) == 2 and utf8.len "\u{e4}" == 1)
local ok, why = pcall(error, "no", 0)
assert(ok == false and why == "no" and select(2, pcall(error)) == nil)
lane "same"]]), "same")
end)

-- functions ----------------------------------------------------------------------------------------------------------

local GATE = [[
local calls = 0
gate "n" (function (facts, least)
  calls = calls + 1
  return facts.n >= least, ("%d of %d"):format(facts.n, least), nil, { calls = calls }
end)]]

test("a function crosses as a handle with its line, and can be called many times", function ()
  local spec <close> = assert(open(GATE))
  local check = spec:statements()[1].args[2]
  test.truthy(sandbox.is_callback(check))
  test.equal(check.line, 2)
  test.equal(spec:call(check, { n = 1 }, 2), { n = 4, false, "1 of 2", nil, { calls = 1 } })
  test.equal(spec:call(check, { n = 2 }, 2), { n = 4, true, "2 of 2", nil, { calls = 2 } })
end)

test("the same function has the same number wherever it stands", function ()
  local given = first_argument 'local f = function () end lane { f, f, function () end }'
  test.equal(given[1]["function"], given[2]["function"])
  test.truthy(given[1]["function"] ~= given[3]["function"])
end)

test("an error in a function names its line, and the next call works", function ()
  local spec <close> = assert(open 'gate "g" (function (n)\n  return n + 1\nend)')
  local check = spec:statements()[1].args[2]
  local results, message, kind = spec:call(check, {})
  test.refuses("release.lua:2: attempt to perform arithmetic", results, message)
  test.equal(kind, "format")
  test.equal(spec:call(check, 1), { n = 1, 2 })
end)

test("every call has its own budget, so many long ones are no endless one", function ()
  local spec <close> = assert(open('gate "g" (function () for i = 1, 60000 do end return true end)',
    { limits = { steps = 100000 } }))
  for _ = 1, 20 do test.equal(spec:call(spec:statements()[1].args[2]), { n = 1, true }) end
end)

-- Each call takes a small part of the second, on a slow machine too, and all of them together take more.
test("CPU time is granted for each call anew", function ()
  local spec <close> = assert(open([[
    gate "g" (function ()
      ("a"):rep(20):find(("a-"):rep(9) .. "b")
      return true
    end)]], { limits = { cpu_s = 1 } }))
  for _ = 1, 16 do
    local results, message = spec:call(spec:statements()[1].args[2])
    test.equal({ results, message }, { { n = 1, true } })
  end
end)

test("arguments of a call are data", function ()
  local spec <close> = assert(open(GATE))
  local check = spec:statements()[1].args[2]
  test.raises(function () spec:call(check, print) end, "argument #1 is no data")
  test.raises(function () spec:call(check, 1, { 0.5 }) end, "argument #2 is no data")
  test.raises(function () spec:call(check, spec:statements()[1]) end, "argument #1 is no data")
  test.raises(function () spec:call({ ["function"] = 1 }) end, "a function of the spec expected")
end)

test("a closed spec answers no call and keeps its statements", function ()
  local spec = assert(open(GATE))
  local check = spec:statements()[1].args[2]
  spec:close()
  spec:close()
  test.raises(function () spec:call(check) end, "is closed")
  test.equal(spec:statements()[1].word, "gate")
end)

-- ready-made specs ---------------------------------------------------------------------------------------------------

local FLOW = [[
local options = options_of(..., {
  { name = "candidate", type = "string", default = "rc" },
  { name = "packages", type = "table or word", required = true, doc = "what is released" },
  { name = "most", type = "integer" },
})
lane(options.candidate) { packages = options.packages }
lane "final" {}]]

test("use brings in the statements of a ready-made spec, in its place", function ()
  local all = statements('release "r"\nuse "flow" { packages = each "p/*" }\nlane "last"', { specs = { flow = FLOW } })
  local names = {}
  for i, node in ipairs(all) do
    names[i] = ("%s %s %s:%d"):format(node.word, node.args[1], node.source or "own", node.line)
  end
  test.equal(names, { "release r own:1", "use flow own:2", "lane rc flow:6", "lane final flow:7", "lane last own:3" })
  test.equal(#all[2].args, 1)
  test.equal(all[3].args[2].packages.source, nil)
  test.equal(all[3].args[2].packages.line, 2)
end)

test("a ready-made spec may use another one", function ()
  local all = statements('use "outer"', { specs = { outer = 'lane "o"\nuse "inner" { n = "i" }', inner = "lane((...).n)" } })
  test.equal({ all[2].source, all[3].word, all[3].source, all[4].source, all[4].args[1] }, { "outer", "use", "outer", "inner", "i" })
end)

test("an unknown ready-made spec is refused with the nearest and the list", function ()
  refuses('release.lua:1: there is no ready-made spec "flwo"; did you mean \'flow\'?; there are: flow, trunk', 'use "flwo"',
    { specs = { flow = "", trunk = "" } })
end)

test("options are refused at the line of the use", function ()
  local function use(options, part) refuses(part, "\nuse \"flow\" " .. options, { specs = { flow = FLOW } }) end
  use("{ pakages = {} }", "release.lua:2: use \"flow\" has no option 'pakages'; did you mean 'packages'?")
  use("{}", 'release.lua:2: use "flow" lacks packages: what is released')
  use("{ packages = 1 }", 'release.lua:2: use "flow": packages takes a table or word, not a number')
  use("{ packages = {}, most = 1.5 }", 'release.lua:2: use "flow": most takes an integer, not a number')
end)

test("an error inside a ready-made spec names its own file and line", function ()
  refuses("specs/flow.lua:2: unknown word 'lnae'; did you mean 'lane'?", 'use "flow"', { specs = { flow = '\nlnae "x"' } })
  refuses("specs/flow.lua:1:", 'use "flow"', { specs = { flow = "lane lane lane" } })
end)

-- limits -------------------------------------------------------------------------------------------------------------

test("P15 the wall clock ends what the CPU limit does not", function ()
  local began = clock.monotonic_ms()
  refuses("no answer within 200 ms", BACKTRACKS, { limits = { wall_ms = 200 } }, "timeout")
  test.truthy(clock.monotonic_ms() - began < 5000, "it took too long")
end)

test("P15 a spent budget says which one, and what to look for", function ()
  refuses("release.lua:2: more than 5000 steps; a spec only describes", "\nwhile true do end",
    { limits = { steps = 5000 } }, "limit")
  refuses("more than 1 MiB of memory", 'local s = ("x"):rep(2 << 20)', { limits = { memory = 1 << 20 } }, "limit")
  refuses("more than 1 s of CPU time", BACKTRACKS, { limits = { cpu_s = 1 } }, "limit")
end)

test("after its process died, a spec answers calls with that", function ()
  local spec <close> = assert(open('gate "g" (function () ' .. BACKTRACKS .. " end)", { limits = { wall_ms = 100 } }))
  local check = spec:statements()[1].args[2]
  test.refuses("no answer within 100 ms", spec:call(check))
  test.refuses("its process is gone", spec:call(check))
end)

test("text that is too long, binary or not text at all is refused before any process starts", function ()
  refuses("release.lua:1: larger than 1 MiB", (" "):rep((1 << 20) + 1))
  refuses("release.lua:1: compiled Lua; a spec is text", string.dump(function () end))
  refuses("release.lua:3: a NUL byte", "\n\nlane '\0'")
  test.truthy(open((" "):rep(1 << 20)))
end)

test("options that do not exist are refused", function ()
  test.raises(function () sandbox.open { text = "", words = {}, sped = 1 } end, "unknown option 'sped'")
  test.raises(function () sandbox.open { text = "", words = {}, limits = { cpus = 1 } } end, "unknown option 'cpus'")
  test.raises(function () sandbox.open { text = "", words = {}, limits = { steps = 0 } } end, "option 'steps'")
  test.raises(function () sandbox.open { text = "" } end, "table expected")
end)

-- the process --------------------------------------------------------------------------------------------------------

local function this_program()
  return assert(proc.run { argv = { "sh", "-c", "readlink /proc/$PPID/exe" } }).stdout:gsub("\n", "")
end

local function run_script(wrapper, script)
  local folder = assert(file.temporary_directory())
  local path = folder .. "/script.lua"
  assert(file.write(path, script))
  local argv = {}
  for _, word in ipairs(wrapper(folder)) do argv[#argv + 1] = word end
  for _, word in ipairs { (this_program()), "lua", path } do argv[#argv + 1] = word end
  local result, message = proc.run { argv = argv, timeout_ms = 20000, env = { SECRET_TOKEN = "swordfish" } }
  return result, message, folder
end

test("P15 the process makes no system call but memory and its socket once it may read the spec", function ()
  if not assert(sandbox.features()).syscalls then test.skip "no seccomp here" end
  local function strace(folder) return { "strace", "-f", "-qq", "-o", folder .. "/trace" } end
  local result, message, folder = run_script(strace, [==[
    local text = [[
      local t = {}
      for i = 1, 20000 do t[i] = ("x"):rep(i % 100) .. i end
      lane { f = function (n) return n * 2 end }]]
    local spec = assert(require "host.sandbox".open { words = { lane = { kind = "statement" } }, text = text })
    assert(spec:call(spec:statements()[1].args[1].f, 21)[1] == 42)]==])
  if not result then test.skip(message) end
  local trace = assert(file.read(folder .. "/trace"))
  assert(file.remove(folder, { recursive = true }))
  test.equal(result.code, 0, result.stderr)
  local child, after = trace:match "(%d+) +prctl%(PR_SET_SECCOMP[^\n]+\n(.*)"
  test.truthy(child, "no seccomp in the trace:\n" .. trace)
  local seen = 0
  for line in after:gmatch "[^\n]+" do
    local call = line:match("^" .. child .. " +(%w+)%(")
    if call then
      seen = seen + 1
      test.truthy(("read write mmap munmap mremap brk madvise exit_group"):find(call, 1, true), line)
    end
  end
  test.truthy(seen > 4, "the trace is empty")
end)

test("P15 the process has no environment, no other descriptor, its own group and /", function ()
  local result = assert(run_script(function () return { "env" } end, [[
    local sandbox, proc = require "host.sandbox", require "host.proc"
    local spec = assert(sandbox.open { words = { lane = { kind = "statement" } }, text = "lane 'x'" })
    local shown = assert(proc.run { argv = { "sh", "-c",
      "child=$(pgrep -P $PPID -x relrun-spec); cat /proc/$child/environ | wc -c; " ..
      "readlink /proc/$child/cwd; ls /proc/$child/fd | tr '\\n' ' '; grep -E 'NoNewPrivs|Seccomp:' /proc/$child/status; " ..
      "cut -d' ' -f5 /proc/$child/stat | grep -cx $child" } })
    require "host.term".write("out", shown.stdout .. shown.stderr)]]))
  local seccomp = assert(sandbox.features()).syscalls and 2 or 0
  test.equal({ result.code, result.stdout, result.stderr },
    { 0, ("0\n/\n0 1 2 3 NoNewPrivs:\t1\nSeccomp:\t%d\n1\n"):format(seccomp), "" })
end)

test("P15 the process ends when relrun does", function ()
  local result = assert(run_script(function () return { "sh", "-c", [["$@" & sleep 0.3
    child=$(pgrep -P $! -x relrun-spec); kill -9 $!; sleep 0.1
    test -n "$child" && ! grep -q "^State:.[RSDT]" /proc/$child/status 2>/dev/null && echo gone]], "sh" } end, [[
    require "host.sandbox".open { words = {}, text = "return ('a'):rep(30):find(('a-'):rep(14) .. 'b')" }]]))
  test.contains(result.stdout, "gone", result.stderr)
end)

test("a process that was begun evaluates what one of its own would", function ()
  local text = 'release "x" { f = function (a) return a .. "!" end }'
  local begun = assert(sandbox.begin())
  local spec <close> = assert(open(text, { begun = begun }))
  test.equal(spec:statements()[1].args[1], "x")
  test.equal(spec:call(spec:statements()[1].args[2].f, "y")[1], "y!")
  -- it was taken: the next one gets a process of its own
  local other <close> = assert(open(text, { begun = begun }))
  spec:close()
  test.equal(other:call(other:statements()[1].args[2].f, "z")[1], "z!")
end)

test("P15 a process that was begun has the usual limits, and takes no others", function ()
  refuses("look for an endless loop", "while true do end", { begun = assert(sandbox.begin()) }, "limit")
  test.raises(function () open("", { begun = sandbox.begin(), limits = { steps = 1 } }) end, "limits")
end)

test("P15 a process that was begun and never used ends when it is forgotten", function ()
  local result = assert(run_script(function () return {} end, [[
    local sandbox, proc = require "host.sandbox", require "host.proc"
    local begun = assert(sandbox.begin())
    begun = nil
    collectgarbage()
    local shown = assert(proc.run { argv = { "sh", "-c", "pgrep -P $PPID -x relrun-spec | wc -l" } })
    require "host.term".write("out", shown.stdout)]]))
  test.equal({ result.code, result.stdout, result.stderr }, { 0, "0\n", "" })
end)

test("the hidden word is for relrun itself", function ()
  local result = assert(proc.run { argv = { (this_program()), "--spec-process" } })
  test.equal(result.code, 9)
  test.contains(result.stderr, "relrun: --spec-process is for relrun itself")
end)

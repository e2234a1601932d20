--- P16, P2: what planning opens for writing, and what applying starts, asked of the kernel.

local test = require "testing"
local monorepo = require "monorepo"
local place = require "place"

-- Runs a command under strace: what became of it, and its log. (What a call does through a descriptor was opened before.)
local function traced(here, command, calls)
  local log = here:path "strace.log"
  local argv = table.move(command, 1, #command, 7, { "strace", "-f", "-qq", "-e", "trace=" .. calls, "-o" })
  table.insert(argv, 7, log)
  local result = here:run(argv, { cwd = "work" })
  return result, here:read "strace.log" or ""
end

local WRITING = "openat,open,creat,mkdir,mkdirat,unlink,unlinkat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,"
  .. "truncate,chmod,fchmodat"

local function has_strace(here) return here:run({ "sh", "-c", "command -v strace" }).code == 0 end

-- The successful calls of a log that change something, but for sinks and what `allowed` holds.
local function writes_of(log, allowed)
  local found = {}
  for line in log:gmatch "[^\n]+" do
    local call = line:match "^%d+ +(%l+%d?)%("
    local reads = call and call:find "^open" and not line:find("O_WRONLY", 1, true) and not line:find("O_RDWR", 1, true)
      and not line:find("O_CREAT", 1, true)
    local failed = line:find("= %-1 E")
    local sink = line:find('"/dev/', 1, true) or line:find('"/proc/', 1, true)
    if call and not reads and not failed and not sink and not (allowed and line:find(allowed, 1, true)) then
      found[#found + 1] = line
    end
  end
  return found
end

test("P16 a plan writes no file but the one that -o names, and starts no push", function ()
  place.with(function (here)
    if not has_strace(here) then test.skip "strace is not installed" end
    monorepo.build(here)
    local result, log = traced(here,
      { "relrun", "plan", "release.lua", "rc", "--push", "-o", here:path "plan.json" }, WRITING .. ",execve")
    test.equal(result.code, 0, result.stderr)
    local lines = {}
    for line in log:gmatch "[^\n]+" do
      if line:find("execve(", 1, true) then
        test.lacks(line, '"push"')
        test.lacks(line, '"sh"')
      else
        lines[#lines + 1] = line
      end
    end
    test.equal(writes_of(table.concat(lines, "\n"), "plan.json"), {})
    test.truthy(#lines > 50, "strace saw " .. #lines .. " calls")
  end)
end)

for _, words in ipairs { { "check", "release.lua" }, { "explain", "release.lua", "rc" }, { "versions", "release.lua", "rc" },
  { "changelog", "release.lua", "rc" }, { "show", "../plan.json" } } do
  test(("P16 relrun %s writes nothing at all"):format(words[1]), function ()
    place.with(function (here)
      if not has_strace(here) then test.skip "strace is not installed" end
      monorepo.build(here)
      here:must({ "relrun", "plan", "release.lua", "rc", "-o", here:path "plan.json" }, { cwd = "work" })
      local result, log = traced(here, table.move(words, 1, #words, 2, { "relrun" }), WRITING)
      test.equal(result.code, 0, result.stderr)
      test.equal(writes_of(log), {})
    end)
  end)
end

test("P2 applying a plan reads no spec and starts no second relrun", function ()
  place.with(function (here)
    if not has_strace(here) then test.skip "strace is not installed" end
    local stage = monorepo.build(here)
    here:must({ "relrun", "plan", "release.lua", "rc", "--push", "-o", here:path "plan.json" }, { cwd = "work" })
    here:must({ "rm", "release.lua" }, { cwd = "work" })
    local result, log = traced(here, { "relrun", "apply", here:path "plan.json" }, "execve,openat")
    test.equal(result.code, 0, result.stderr)
    test.lacks(log, "release.lua")
    local started = 0
    for line in log:gmatch "[^\n]+" do
      if line:find("execve(", 1, true) and line:find("relrun", 1, true) and not line:find("refs/relrun", 1, true)
        and not line:find("= -1", 1, true) and line:find('execve%("[^"]*relrun"') then started = started + 1 end
    end
    test.equal(started, 1)
    test.contains(stage.remote:state(), "refs/tags/core-v0.2.0rc1")
  end)
end)

test("P23 no push of a release forces a ref without a lease, and none deletes a tag", function ()
  place.with(function (here)
    if not has_strace(here) then test.skip "strace is not installed" end
    monorepo.build(here)
    local log = here:path "strace.log"
    local result = here:run({ "strace", "-f", "-qq", "-s", "4000", "-v", "-e", "trace=execve", "-o", log, "relrun", "release.lua",
      "rc", "--push" }, { cwd = "work" })
    test.equal(result.code, 0, result.stderr)
    local pushes = 0
    for line in here:read("strace.log"):gmatch "[^\n]+" do
      local arguments = line:match 'execve%("[^"]*/git", (%b[])'
      if arguments and arguments:find('"push"', 1, true) then
        pushes = pushes + 1
        test.lacks(arguments, '"--force"')
        test.lacks(arguments, '"-f"')
        test.lacks(arguments, '"+')
        test.lacks(arguments, '":refs/tags/')
        test.contains(arguments, "--force-with-lease=refs/")
      end
    end
    test.truthy(pushes >= 2, pushes .. " pushes")
  end)
end)

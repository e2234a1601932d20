--- The operation that closes an older release pull request, over a made-up forge: in which order, what happens to it when
-- something changed meanwhile or a write fails, and which older ones are looked for at all.

local test = require "testing"
local json = require "host.json"
local problem = require "problem"
local pull_body = require "pull_body"
local shape = require "shape"
local steps = require "steps"
local superseded = require "superseded"
local work = require "release_work"

local OLD, BASE = ("d"):rep(40), ("c"):rep(40)

-- A forge with the older pull request; `faults[method]`: "refused", "before" or "after", once.
local function forge_of(faults)
  local forge = { writes = {}, notes = {}, lock = { name = "release", source = "status", state = "pending", description = "prepared a 0.9.0" },
    pull = { number = 1, state = "open", head = { branch = "releases/0.9.0", oid = OLD } } }
  local function write(method, act)
    return function (...)
      forge.writes[#forge.writes + 1] = method
      local how = (faults or {})[method]
      if how then faults[method] = nil end
      if how == "refused" then return problem.refuse("denied", method .. ": 403") end
      if how ~= "before" then act(...) end
      if how then return problem.refuse("unknown", method .. ": the connection was reset") end
      return true
    end
  end
  function forge.pulls() return forge.pull.state == "open" and { forge.pull } or {} end
  function forge.checks(_, _, names) return names[1] == forge.lock.name and { forge.lock } or {} end
  function forge.comments() return forge.notes end
  forge.post_status = write("post_status", function (_, _, said)
    forge.lock = { name = said.context, source = "status", state = said.state, description = said.description }
  end)
  forge.comment = write("comment", function (_, _, body) forge.notes[#forge.notes + 1] = { body = body } end)
  forge.update_pull = write("update_pull", function (_, _, changes) forge.pull.state = changes.state end)
  return forge
end

-- The newer pull request stands there already, as an operation that is done.
steps.ops.stands_there = { shape = {}, describe = function () return "" end,
  probe = function () return "DONE", nil, { number = 2 } end }

local function ops_of(changes)
  local args = { pull = 1, head = "releases/0.9.0", base = "main", oid = OLD, remote = "origin", lock = "release", by = 1,
    by_what = "a 1.0.0 is prepared", optional = true }
  for key, value in pairs(changes or {}) do args[key] = value end
  test.equal(shape.check("", args, steps.ops.supersede.shape), nil)
  return { { id = 1, stage = "forge", kind = "stands_there", class = "reversible", pre = {}, args = {} },
    { id = 2, stage = "forge", kind = "supersede", class = "compensable", pre = {}, args = args } }
end

local function is_closed(forge)
  test.equal({ forge.pull.state, forge.lock.state, forge.lock.description, #forge.notes }, { "closed", "failure",
    "superseded: a 1.0.0 is prepared", 1 })
  test.contains(forge.notes[1].body, "Superseded by #2.")
end

test("S0.15 its lock fails and it is told why before it is closed, and all of that once", function ()
  local forge = forge_of()
  local ops, doors = ops_of(), work.doors(forge, {})
  test.equal(work.apply(ops, doors), "done")
  is_closed(forge)
  test.equal(table.concat(forge.writes, " "), "post_status comment update_pull")
  test.equal(work.apply(ops, doors), "nothing")
end)

test("a lane without a lock closes it without a status", function ()
  local forge, args = forge_of(), ops_of()
  args[2].args.lock = nil
  test.equal(work.apply(args, work.doors(forge, {})), "done")
  test.equal(table.concat(forge.writes, " "), "comment update_pull")
end)

for _, method in ipairs { "post_status", "comment", "update_pull" } do
  for _, how in ipairs { "before", "after" } do
    test(("P8 %s whose answer is lost (%s it happened): run again, it is closed, and told once"):format(method, how), function ()
      local forge = forge_of { [method] = how }
      local ops, doors = ops_of(), work.doors(forge, {})
      local outcome, trouble = work.apply(ops, doors)
      if not outcome then
        test.truthy(trouble.kind == "unknown" or trouble.kind == "error", trouble.kind)
        work.apply(ops, doors)
      end
      if forge.pull.state == "open" then work.apply(ops, doors) end
      is_closed(forge)
    end)
  end

  test(("a forge that refuses %s: the release goes on, with a warning"):format(method), function ()
    local forge = forge_of { [method] = "refused" }
    local doors = work.doors(forge, {})
    test.equal(work.apply(ops_of(), doors), "done")
    -- The comment is a courtesy; without the other two it stays.
    test.equal(forge.pull.state, method == "comment" and "closed" or "open")
    test.contains(doors.warned[1], method .. ": 403")
  end)
end

-- What happened after it was planned, and what is said of it.
local MEANWHILE = {
  { "it moved", "it has another head by now", function (forge) forge.pull.head.oid = BASE end },
  { "its lock was freed", "its lock is free already", function (forge) forge.lock.state = "success" end },
  { "publish began", "publish is at work on it", function (forge) forge.lock.description = "releasing a 0.9.0" end },
  { "its tag came out", "its tags are out", function () return { ["refs/tags/a-v0.9.0^{}"] = OLD } end },
}

test("S0.15 the guard's word that it is no release does not free an older release's lock, which is closed as any", function ()
  local forge = forge_of()
  forge.lock.state, forge.lock.description = "success", "not a release"
  test.equal(work.apply(ops_of(), work.doors(forge, {})), "done")
  test.equal({ forge.pull.state, forge.lock.state }, { "closed", "failure" })
end)

for _, row in ipairs(MEANWHILE) do
  test(("S0.15 %s meanwhile: it stays open, untouched, and that is told"):format(row[1]), function ()
    local forge = forge_of()
    local doors = work.doors(forge, {}, row[3](forge) or {})
    local before = forge.lock.state .. forge.lock.description
    test.equal(work.apply(ops_of(), doors), "done")
    test.equal({ forge.pull.state, #forge.writes, forge.lock.state .. forge.lock.description }, { "open", 0, before })
    test.contains(doors.warned[1], "pull request #1 stays open: " .. row[2])
  end)
end

test("somebody closed it meanwhile: nothing is left to do", function ()
  local forge = forge_of()
  forge.pull.state = "closed"
  test.equal(work.apply(ops_of(), work.doors(forge, {})), "nothing")
  test.equal(#forge.writes, 0)
end)

-- Finding them. -----------------------------------------------------------------------------------------------------

-- What is found and warned of, of one older pull request of these packages, while a and b are released.
local function found_of(packages, changes)
  local body = pull_body.compose("notes", "hint", { lane = "final", packages = packages }, function () return ("0"):rep(64) end)
  local pull = { number = 1, body = body, head = { branch = "releases/0.9.0", oid = OLD }, base = { branch = "main" },
    same_repository = true }
  for key, value in pairs(changes or {}) do pull[key] = value end
  local commits = { [OLD] = { parents = { BASE }, message = "release", author = "R" }, [BASE] = { parents = {}, message = "x", author = "A" } }
  local warned = {}
  local builder = { lane = { name = "final", base = "main", step = { branch = { name = "releases/{version}" }, pull_request = {} } },
    branch = "releases/1.0.0", base = { oid = BASE }, model = { release = { remote = "origin" } }, list = json.array,
    remote_refs = { ["refs/heads/releases/0.9.0"] = OLD }, released = { work.decision("a", "1.0.0"), work.decision("b", "1.0.0") },
    anchors = {}, is_ours = function (message) return message == "release" end,
    forge = function () return { pull } end, warn = function (_, line) warned[#warned + 1] = line end,
    world = { need = function () return true end, commit = function (_, oid) return commits[oid] end,
      holds = function (_, _, commit) return commit == BASE end } }
  return #assert(superseded.find(builder)), table.concat(warned, "; ")
end

test("S0.24 an older release of the same packages, or of fewer, is found", function ()
  test.equal({ found_of { "a", "b" } }, { 1, "" })
  test.equal({ found_of { "b" } }, { 1, "" })
end)

test("S0.24 an older release of a package that the newer one leaves out stays, and that is told", function ()
  local count, warned = found_of { "a", "c" }
  test.equal(count, 0)
  test.contains(warned, "stays open: it releases c, and the new one does not")
end)

test("S0.24 what a fork or another base names like a release is none, and the one that is refreshed is not older", function ()
  test.equal({ found_of({ "a" }, { same_repository = false }) }, { 0, "" })
  test.equal({ found_of({ "a" }, { base = { branch = "next" } }) }, { 0, "" })
  test.equal({ found_of({ "a" }, { head = { branch = "releases/1.0.0", oid = OLD } }) }, { 0, "" })
end)

test("S0.24 a branch that the forge and git tell differently of stays", function ()
  local count, warned = found_of({ "a" }, { head = { branch = "releases/0.9.0", oid = BASE } })
  test.equal(count, 0)
  test.contains(warned, "its branch moved meanwhile")
end)

return test.done()

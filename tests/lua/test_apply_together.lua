--- Assets that are uploaded side by side, over a forge whose every call waits once for the others: what the journal holds and
-- when, what one that fails does to the rest, and what a run after it does.

local test = require "testing"
local apply = require "apply"
local digest = require "host.digest"
local journal = require "journal"
local json = require "host.json"
local problem = require "problem"
local stateful_forge = require "stateful_forge"
local together = require "together"
local work = require "release_work"

local NAMES = { "a", "b", "c", "d", "e" }

local function files_of(names)
  local files = {}
  for _, name in ipairs(names) do files["dist/" .. name .. ".bin"] = "bytes of " .. name end
  return files
end

-- A forge, the operations of a release with these files, and `run`, which applies them once. `it.events` holds, in one order,
-- what the journal got ("intent 2"), what was said ("2 done") and what the forge was asked ("upload b.bin").
local function scene(names, more)
  local it = { forge = stateful_forge.new(), events = {}, resumed = {}, refuses = {} }
  local files = files_of(names or NAMES)
  local step = { word = "forge_release", per = "package", name = "{package}", notes = work.told "n", assets = { "dist/*" },
    draft = true }
  for key, value in pairs(more or {}) do step[key] = value end
  it.ops = assert(work.ops({ step }, { files = files, forge = it.forge }))
  local http = together.http { parallel = function (requests)
    local results = {}
    for i in ipairs(requests) do results[i] = { answer = { status = 200 } } end
    return results
  end, request = function () return { status = 200 } end }
  local function log(line) it.events[#it.events + 1] = line end
  local upload, release = it.forge.upload_asset, it.forge.release
  function it.forge.upload_asset(self, id, asset)
    local answer, why = http.request { method = "POST", url = asset.name }
    if not answer then return nil, why end
    log("upload " .. asset.name)
    if it.refuses[asset.name] then return it.refuses[asset.name](self, id, asset, upload) end
    return upload(self, id, asset)
  end
  function it.forge.release(self, id)
    http.request { method = "GET", url = "release" }
    if it.unreadable and it.unreadable() then return nil, it.unreadable() end
    return release(self, id)
  end
  function it.run(add)
    it.events = {}
    local doors = work.doors(it.forge, files)
    it.doors = doors
    local codec = { encode = json.encode, sha256 = digest.sha256, now = function () return 7 end,
      read = function () return nil, "no such file", "not_found" end }
    function codec.append(_, line)
      local record = json.decode(line)
      if add and add(record.event, record) then return nil, "no room" end
      log(record.event .. (record.op and " " .. record.op or ""))
      if record.event == "failed" then log("why: " .. record.why) end
      return true
    end
    local open = assert(journal.open("journal.jsonl", "p", codec))
    function open.interrupted(_, id) return it.resumed[id] or false end
    return apply.run({ facts = {}, ops = it.ops, tool = "t" }, doors, function () return open end,
      function (op, state) log(op.id .. " " .. state) end)
  end
  return it
end

-- Those events that have this pattern, in their order.
local function only(events, pattern)
  local found = {}
  for _, line in ipairs(events) do if line:find(pattern) then found[#found + 1] = line end end
  return found
end

local function index_of(events, wanted)
  for i, line in ipairs(events) do if line == wanted then return i end end
end

local function names_of(forge)
  local names = {}
  for i, asset in ipairs(forge.list[1].assets) do names[i] = asset.name .. " " .. asset.state end
  table.sort(names)
  return names
end

test("P7 every intent is in the journal before the first asset is sent, and the outcomes are in the order of the plan", function ()
  local it = scene()
  test.equal(it.run(), "done")
  test.equal(only(it.events, "^intent"), { "intent 1", "intent 2", "intent 3", "intent 4", "intent 5", "intent 6" })
  test.equal(only(it.events, "^upload"), { "upload a.bin", "upload b.bin", "upload c.bin", "upload d.bin", "upload e.bin" })
  test.truthy(index_of(it.events, "intent 6") < index_of(it.events, "upload a.bin"))
  test.truthy(index_of(it.events, "upload e.bin") < index_of(it.events, "done 2"), "they were under way together")
  test.equal(only(it.events, "^done [2-6]"), { "done 2", "done 3", "done 4", "done 5", "done 6" })
  test.equal(only(it.events, " done$"), { "1 done", "2 done", "3 done", "4 done", "5 done", "6 done" })
  test.truthy(index_of(it.events, "done 3") == index_of(it.events, "2 done") + 1, "each is said as it is written down")
  test.equal(#names_of(it.forge), 5)
end)

test("the draft is made before, and the release is public after all of them", function ()
  local it = scene(nil, { draft = false })
  test.equal(it.run(), "done")
  test.truthy(index_of(it.events, "1 done") < index_of(it.events, "intent 2"))
  test.truthy(index_of(it.events, "6 done") < index_of(it.events, "intent 7"))
  test.equal(it.forge.list[1].draft, false)
end)

test("P12 one that is refused stops the run, and what was begun beside it is in the journal with its own outcome", function ()
  local it = scene()
  it.refuses["b.bin"] = function () return problem.refuse("denied", "GitHub: 422, no such name") end
  local outcome, trouble = it.run()
  test.equal({ outcome, trouble.kind, trouble.text }, { nil, "denied", "asset b.bin: GitHub: 422, no such name" })
  test.equal(only(it.events, "^done"), { "done 1", "done 2", "done 4", "done 5", "done 6" })
  test.equal(only(it.events, "^failed"), { "failed 3" })
  test.equal(only(it.events, " done$"), { "1 done", "2 done", "4 done", "5 done", "6 done" })
  test.equal(it.events[#it.events], "6 done", "and no end of the plan")
  it.refuses = {}
  test.equal(it.run(), "done")
  test.equal(only(it.events, "^upload"), { "upload b.bin" })
  test.equal(#names_of(it.forge), 5)
  test.equal(it.run(), "nothing")
end)

test("P12 of several that are refused the first of the plan is why the run stops, and the others are told", function ()
  local it = scene()
  for _, name in ipairs { "d.bin", "b.bin" } do
    it.refuses[name] = function () return problem.refuse("denied", "refused") end
  end
  local _, trouble = it.run()
  test.equal(trouble.text, "asset b.bin: refused")
  test.equal(it.doors.warned, { "asset d.bin: refused" })
  test.equal(only(it.events, "^why"), { "why: asset b.bin: refused", "why: asset d.bin: refused" })
end)

-- how an upload of unknown outcome ends, the uploads of b.bin
for _, row in ipairs {
  { "that happened", function (self, id, asset, upload)
    upload(self, id, asset)
    return problem.refuse("unknown", "the connection was reset")
  end, 1 },
  { "that did not happen at first", function (self, id, asset, upload)
    if self.failed_once then return upload(self, id, asset) end
    self.failed_once = true
    return problem.refuse("unknown", "the connection was reset")
  end, 2 },
  { "that left a torn asset at first", function (self, id, asset, upload)
    if self.failed_once then return upload(self, id, asset) end
    self.failed_once = true
    self:plant(self.list[1], { name = asset.name, size = 0, sha256 = asset.sha256 }, { state = "starter" })
    return problem.refuse("unknown", "502")
  end, 2 },
} do
  test(("P8 one of unknown outcome, %s, is settled by itself"):format(row[1]), function ()
    local it = scene()
    it.refuses["b.bin"] = row[2]
    test.equal(it.run(), "done")
    test.equal(names_of(it.forge), { "a.bin uploaded", "b.bin uploaded", "c.bin uploaded", "d.bin uploaded", "e.bin uploaded" })
    local uploads = only(it.events, "^upload")
    test.equal(#uploads, 4 + row[3])
    test.equal(#only(uploads, "b.bin"), row[3])
    test.equal(only(it.events, "^done [2-6]"), { "done 2", "done 3", "done 4", "done 5", "done 6" })
  end)
end

test("P7 an error beside others loses none of them: their outcomes are in the journal, and its own is asked for", function ()
  local it = scene()
  it.refuses["c.bin"] = function () error "a mistake of ours" end
  test.raises(function () it.run() end, "a mistake of ours")
  test.equal(only(it.events, "^done"), { "done 1", "done 2", "done 3", "done 5", "done 6" })
  test.equal(only(it.events, "^failed"), {})
  it.refuses = {}
  it.resumed[4] = true
  test.equal(it.run(), "done")
  test.equal(only(it.events, "^upload"), { "upload c.bin" })
end)

test("P7 a run that dies among its outcomes is gone on with: nothing that is there is sent again", function ()
  local it = scene()
  test.raises(function ()
    it.run(function (event, fields)
      if event == "done" and fields.op == 4 then error("killed", 0) end
    end)
  end, "killed")
  test.equal(#names_of(it.forge), 5)
  test.equal(it.run(), "nothing")
  table.remove(it.forge.list[1].assets, 2)
  it.resumed = { [4] = true, [5] = true, [6] = true }
  test.equal(it.run(), "done")
  test.equal(only(it.events, "^upload"), { "upload b.bin" })
  test.equal(only(it.events, "^%d already"), { "1 already", "2 already", "4 already", "5 already", "6 already" })
  test.truthy(index_of(it.events, "3 done") == index_of(it.events, "4 already") - 1, "said in the order of the plan")
end)

test("where the intents cannot be written nothing is sent", function ()
  local it = scene()
  local outcome, trouble = it.run(function (event, fields) return event == "intent" and fields.op == 5 end)
  test.equal({ outcome, trouble.text, #it.doors.warned }, { nil, "journal: no room", 0 })
  test.equal(only(it.events, "^upload"), {})
end)

-- Fails to write this record, once.
local function once(wanted, op)
  local failed = false
  return function (event, fields)
    local fails = not failed and event == wanted and fields.op == op
    failed = failed or fails
    return fails
  end
end

for _, optional in ipairs { false, true } do
  local which = optional and "an optional one" or "one"
  test(("P7 P14 where the outcome of %s cannot be written nothing is written behind it, and the run stops"):format(which), function ()
    local it = scene(nil, { optional = optional, draft = false })
    local outcome, trouble = it.run(once("done", 3))
    test.equal({ outcome, trouble.text, it.forge.list[1].draft }, { nil, "journal: no room", true })
    test.equal(it.events[#it.events], "2 done")
    test.equal(it.doors.warned, {})
    it.resumed = { [3] = true, [4] = true, [5] = true, [6] = true }
    test.equal(it.run(), "done")
    test.equal({ only(it.events, "^upload"), it.forge.list[1].draft }, { {}, false })
  end)

  test(("P14 where the failure of %s cannot be written both are told, and the run stops"):format(which), function ()
    local it = scene(nil, { optional = optional, draft = false })
    it.refuses["b.bin"] = function () return problem.refuse("denied", "no") end
    local outcome, trouble = it.run(once("failed", 3))
    test.equal({ outcome, trouble.text, it.forge.list[1].draft }, { nil, "asset b.bin: no", true })
    test.equal(it.events[#it.events], "2 done")
    test.equal(#it.doors.warned, 1)
    test.contains(it.doors.warned[1], "journal: no room")
  end)
end

test("where the intents of optional ones cannot be written nothing is sent, and the run stops", function ()
  local it = scene(nil, { optional = true, draft = false })
  local outcome, trouble = it.run(once("intent", 5))
  test.equal({ outcome, trouble.text, it.forge.list[1].draft }, { nil, "journal: no room", true })
  test.equal({ only(it.events, "^upload"), only(it.events, "intent 7") }, { {}, {} })
end)

test("P11 a file that is not what was planned is not sent, and stops the run", function ()
  local it = scene(nil, { draft = false })
  it.ops[4].args.sha256 = ("0"):rep(64)
  local outcome, trouble = it.run()
  test.equal({ outcome, trouble.kind }, { nil, "stale" })
  test.equal(only(it.events, "upload c.bin"), {})
  test.equal(only(it.events, "^failed"), { "failed 4" })
  test.equal(it.forge.list[1].draft, true)
end)

test("over a forge that answers at once they go one after the other: behind one that failed none is begun", function ()
  local it = scene()
  it.forge.upload_asset, it.forge.release = nil, nil
  it.forge.faults.upload_asset = { how = "refused" }
  local outcome, trouble = it.run()
  test.equal({ outcome, trouble.kind, #names_of(it.forge) }, { nil, "denied", 0 })
  test.equal(only(it.events, "^failed"), { "failed 2", "failed 3", "failed 4", "failed 5", "failed 6" })
  test.contains(only(it.events, "^why")[2], "not begun: operation 2 had failed")
  local sent = 0
  for _, method in ipairs(it.forge.writes) do sent = sent + (method == "upload_asset" and 1 or 0) end
  test.equal(sent, 1)
end)

test("S1.84 an optional one that is refused is left out in its place, with what needs it", function ()
  local it = scene(nil, { optional = true, draft = false })
  it.refuses["b.bin"] = function () return problem.refuse("denied", "no") end
  test.equal(it.run(), "done")
  test.equal(only(it.events, "^%d "), { "1 done", "2 done", "3 left out", "4 done", "5 done", "6 done", "7 left out" })
  test.equal(it.doors.warned[1], "asset b.bin: no")
  test.equal(it.forge.list[1].draft, true)
end)

-- A trouble that every other request would end in as well.
local function limit(seconds)
  local trouble = problem.new("error", ("the rate limit is reached; it ends in %d s"):format(seconds or 3600))
  trouble.shared = "limit"
  return nil, trouble
end

local function many(count)
  local names = {}
  for i = 1, count do names[i] = ("%03d"):format(i) end
  return names
end

test("P12 what one meets and all would meet is met once: nothing more is sent, and the next run sends what was not", function ()
  local it = scene(many(23))
  it.refuses["003.bin"] = function () return limit() end
  it.refuses["005.bin"] = function () return limit(3599) end
  local outcome, trouble = it.run()
  test.equal({ outcome, trouble.text }, { nil, "the rate limit is reached; it ends in 3600 s" })
  test.equal({ #only(it.events, "^upload"), #names_of(it.forge), it.doors.warned }, { 10, 8, {} })
  test.equal({ #only(it.events, "^done %d"), #only(it.events, "^failed"), #only(it.events, "^why: the rate limit") },
    { 1 + 8, 15, 15 })
  it.refuses = {}
  test.equal(it.run(), "done")
  test.equal({ #only(it.events, "^upload"), #names_of(it.forge) }, { 15, 23 })
end)

test("P12 one that can be sent and not be read back for a limit withholds the others, and is of unknown outcome", function ()
  local it = scene(many(23))
  it.unreadable = function () return #only(it.events, "^upload") > 0 and select(2, limit()) end
  local outcome, trouble = it.run()
  -- They are read back beside the next ten.
  test.equal({ outcome, trouble.kind, #only(it.events, "^upload") }, { nil, "unknown", 20 })
  test.contains(trouble.text, "operation 2 (asset) does not read back as done: the rate limit")
  it.unreadable = nil
  test.equal(it.run(), "done")
  test.equal({ #only(it.events, "^upload"), #names_of(it.forge) }, { 3, 23 })
end)

test("P12 S1.84 a limit that optional ones meet is told once a turn, and none of the later ones is sent", function ()
  local it = scene(many(70), { optional = true, draft = false })
  it.refuses["001.bin"] = function () return limit() end
  test.equal(it.run(), "done")
  test.equal({ #only(it.events, "^upload"), #only(it.events, "left out"), it.forge.list[1].draft }, { 10, 61 + 1, true })
  test.equal({ it.doors.warned[1], it.doors.warned[2] }, { "the rate limit is reached; it ends in 3600 s",
    "the rate limit is reached; it ends in 3600 s" })
  test.equal(#it.doors.warned, 3, "and why the release stays a draft")
  it.refuses = {}
  test.equal(it.run(), "done")
  test.equal({ #only(it.events, "^upload"), it.forge.list[1].draft }, { 61, false })
end)

test("P7 P14 where an outcome cannot be written what was not sent yet is not sent", function ()
  local it = scene(many(23))
  local outcome, trouble = it.run(once("done", 3))
  test.equal({ outcome, trouble.text, #only(it.events, "^upload"), it.doors.warned }, { nil, "journal: no room", 20, {} })
  for id = 3, 24 do it.resumed[id] = true end
  test.equal(it.run(), "done")
  test.equal({ #only(it.events, "^upload"), #names_of(it.forge) }, { 3, 23 })
end)

test("no more than 64 are begun at a time", function ()
  local names = {}
  for i = 1, 70 do names[i] = ("%03d"):format(i) end
  local it = scene(names)
  test.equal(it.run(), "done")
  test.truthy(index_of(it.events, "intent 65") < index_of(it.events, "upload 001.bin"))
  test.truthy(index_of(it.events, "intent 66") > index_of(it.events, "65 done"))
  test.equal(#only(it.events, "^upload"), 70)
end)

test("the assets of two releases are not mixed", function ()
  local it = scene { "a", "b" }
  local other = scene { "a", "b" }
  for i, op in ipairs(other.ops) do
    it.ops[3 + i] = op
    op.id = 3 + i
    if op.args.release then op.args.release = 4 end
    if op.args.tag then
      op.args.tag, op.args.purpose = "b-v1.0.0", ("1"):rep(64)
      op.args.body = require("release_body").compose("n", op.args.purpose)
    end
  end
  test.equal(it.run(), "done")
  test.truthy(index_of(it.events, "3 done") < index_of(it.events, "intent 4"))
  test.equal({ #it.forge.list, #it.forge.list[1].assets, #it.forge.list[2].assets }, { 2, 2, 2 })
end)

test("one line says what goes up: in a log once, on a terminal as long as it moves", function ()
  local it = scene()
  it.run()
  test.equal(it.doors.said, { "uploading 5 assets (50 bytes)" })
end)

test("S1.84 what needs an optional one that was left out is left out with it, unsent, and one warning says why", function ()
  local it = scene(nil, { optional = true, draft = false })
  it.forge.faults.create_release = { how = "refused" }
  test.equal(it.run(), "done")
  test.equal(only(it.events, "^%d "), { "1 left out", "2 left out", "3 left out", "4 left out", "5 left out", "6 left out",
    "7 left out" })
  test.equal({ only(it.events, "^upload"), #it.doors.warned, it.forge.writes }, { {}, 1, { "create_release" } })
end)

return test.done()

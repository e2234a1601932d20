--- The journal over a disk that is made up: what stands in it, and what an append that fails leaves to the next run.

local test = require "testing"
local digest = require "host.digest"
local journal = require "journal"
local json = require "host.json"

-- A disk with one file. `it.fails(line)` says for an append how many of its bytes are written before it fails; nil: all is well.
local function disk(bytes)
  local it = { bytes = bytes, appends = 0 }
  it.codec = { encode = json.encode, decode = function (line) return (json.decode(line)) end, sha256 = digest.sha256,
    now = function () return 7 end }
  function it.codec.read()
    if not it.bytes then return nil, "no such file", "not_found" end
    return it.bytes
  end
  function it.codec.write(_, whole)
    it.bytes = whole
    return true
  end
  function it.codec.append(_, line)
    it.appends = it.appends + 1
    local written = it.fails and it.fails(line)
    it.bytes = (it.bytes or "") .. line:sub(1, written or #line)
    if written then return nil, "journal.jsonl: Input/output error", "system" end
    return true
  end
  function it.open() return journal.open("journal.jsonl", "p", it.codec) end
  return it
end

local function events(opened)
  local list = {}
  for i, record in ipairs(opened.records) do list[i] = record.event .. (record.op and " " .. record.op or "") end
  return list
end

test("P7 what is added is there for the next run, each line behind the one before it", function ()
  local it = disk()
  local opened = test.truthy(it.open())
  test.equal({ opened:add "start", opened:add("intent", { op = 1 }), opened:add("done", { op = 1 }),
    opened:add("intent", { op = 2 }) }, { true, true, true, true })
  local again = test.truthy(it.open())
  test.equal(events(again), { "start", "intent 1", "done 1", "intent 2" })
  test.equal({ again:interrupted(1), again:interrupted(2), again:knows(1), again:knows(3) }, { false, true, true, false })
end)

-- what the append that failed left on the disk, how much of its line that is, what the next run reads
for _, row in ipairs {
  { "nothing", function () return 0 end, { "start", "intent 1" } },
  { "a part of its line", function (line) return #line // 2 end, { "start", "intent 1" } },
  { "its line without the end", function (line) return #line - 1 end, { "start", "intent 1" } },
  { "its whole line, which was not synced", function (line) return #line end, { "start", "intent 1", "done 1" } },
} do
  test(("P7 P14 an append that left %s is the last one of its run, and the next run goes on"):format(row[1]), function ()
    local it = disk()
    local opened = test.truthy(it.open())
    test.truthy(opened:add "start" and opened:add("intent", { op = 1 }))
    it.fails = row[2]
    local _, trouble = opened:add("done", { op = 1 })
    test.equal({ trouble.kind, trouble.text }, { "error", "journal: journal.jsonl: Input/output error" })
    it.fails = nil
    local _, same = opened:add("intent", { op = 2 })
    test.equal({ same == trouble, opened.broken == trouble, it.appends }, { true, true, 3 })
    local again = test.truthy(it.open())
    test.equal(events(again), row[3])
    test.truthy(again:add("start") and again:add("intent", { op = 2 }))
    table.insert(row[3], "start")
    table.insert(row[3], "intent 2")
    test.equal(events(test.truthy(it.open())), row[3])
  end)
end

test("that nothing more was written is said of what was about to be done, and not of what was done", function ()
  local it = disk()
  it.fails = function () return 0 end
  local _, before = test.truthy(it.open()):add("intent", { op = 1 })
  local _, behind = test.truthy(it.open()):add("done", { op = 1 })
  test.contains(before.todo, "nothing more was written")
  test.lacks(behind.todo, "nothing more was written")
  test.contains(behind.todo, "run the same command again")
end)

test("P14 a line that does not follow from the one before it is told, wherever it is not the last", function ()
  local it = disk()
  local opened = test.truthy(it.open())
  test.truthy(opened:add "start" and opened:add("intent", { op = 1 }) and opened:add("done", { op = 1 }) and opened:add "end")
  local whole = it.bytes
  it.bytes = whole:gsub('"op":1', '"op":2', 1)
  test.refuses("line 3 of the journal does not follow", it.open())
  it.bytes = whole:gsub("^[^\n]*\n", "")
  test.refuses("line 1 of the journal does not follow", it.open())
end)

test("P7 a last line that is whole and says nothing, or what does not follow, is ignored and taken away", function ()
  for _, line in ipairs { "\n", "torn\0 by the disk\n", '{"event":"done","op":2}\n', "7\n" } do
    local it = disk()
    local opened = test.truthy(it.open())
    test.truthy(opened:add "start" and opened:add("intent", { op = 1 }))
    local whole = it.bytes
    it.bytes = whole .. line
    local again = test.truthy(it.open(), line)
    test.equal({ events(again), it.bytes }, { { "start", "intent 1" }, whole }, line)
    test.truthy(again:add("done", { op = 1 }))
    test.equal(events(test.truthy(it.open())), { "start", "intent 1", "done 1" })
  end
end)

return test.done()

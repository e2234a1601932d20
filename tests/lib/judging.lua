--- One gate judged in a made-up world, for the tables of tests (gate_rows.lua): what planning would share, all of it data.
-- A row says what differs from a world in which a pull request waits to be published.

local digest = require "host.digest"
local json = require "host.json"
local made_forge = require "made_forge"
local problem = require "problem"
local schema = require "schema"
local spoken = require "spoken"

local judging = {}

judging.HEAD, judging.BASE, judging.OTHER = ("a"):rep(40), ("b"):rep(40), ("c"):rep(40)

--- The gate as the spec's reader would give it, defaults and all.
---@param word string
---@param arguments table
function judging.record(word, arguments)
  if word == "custom" or word == "completed" or word == "approved" then
    local record = { word = word }
    for key, value in pairs(arguments) do record[key] = value end
    return record
  end
  local reader = schema.reader(spoken.marks, {})
  local record = reader:read(spoken.node(word, { arguments }))
  if reader.problems[1] then error(reader.problems[1].text) end
  return record
end

local function pull_of(row)
  local pull = { number = 7, title = "Release 1.2.0", body = "", state = "open", draft = false,
    head = { branch = "releases/1", oid = judging.HEAD, repository = "o/r" }, base = { branch = "main", oid = judging.BASE },
    same_repository = true, author = "releaser[bot]", labels = { "release" }, mergeable = true, blocked = false,
    url = "https://forge.example/o/r/pull/7" }
  for key, value in pairs(row.pull or {}) do pull[key] = value end
  return pull
end

-- What a decision is to a gate.
local function decision(name, version)
  return { package = { name = name }, version = { text = version }, level = "minor", tag = name .. "-v" .. version,
    previous = { text = "1.1.0" } }
end

--- The context that a row describes: `row.forge` (see made_forge.lua), `row.pull` (fields, or false for none), `row.ci`,
-- `row.now`, `row.context` (fields that differ).
---@return table context, table forge
function judging.context(row)
  local known = {}
  for key, value in pairs(row.forge or {}) do known[key] = value end
  local pull = row.pull ~= false and pull_of(row) or nil
  known.pulls = known.pulls or { pull }
  local forge = made_forge.new(known)
  local warnings = {}
  local context = {
    half = "publish", flags = { push = true }, options = {}, lane = { name = "final", base = "main" }, remote = "origin",
    model = { source = "release.lua", gates = row.gates or {}, release = { name = "demo", remote = "origin" } },
    remote_refs = { ["refs/heads/main"] = judging.BASE, ["refs/heads/releases/1"] = judging.HEAD },
    subject = { oid = judging.HEAD, branch = "releases/1", pull = pull }, pull = pull, base_oid = judging.HEAD,
    base = { oid = judging.BASE }, base_tip = { oid = judging.HEAD, message = "feat: x", author = "Ann <a@b.c> 1 +0000" },
    ci = row.ci or { provider = "github", event = "workflow_dispatch", actor = "alice", run = 99 },
    world = {
      dirty = function () return row.dirty or {} end, now = function () return row.now or 1000 end,
      holds = function (_, tip, commit) return row.holds ~= nil and row.holds[1] == tip and row.holds[2] == commit end,
      commit = function () return row.commit or { message = "fix: x", author = "Ann <a@b.c> 1 +0000", committer = "Ann <a@b.c> 1 +0000" } end,
      head = function () return row.head or { oid = judging.BASE, ref = "refs/heads/main" } end,
    },
    anchor_of = function (oid) return (row.anchors or { [judging.HEAD] = judging.BASE })[oid] or oid end,
    is_ours = function () return row.ours or false end, identity = "Ann <a@b.c>",
    released = row.released or { decision("core", "1.2.0") }, date = "2026-11-21",
    call = row.call or function (check, facts) return check(facts) end,
    warn = function (line) warnings[#warnings + 1] = line end, warned = warnings, list = json.array,
    digest_of = function (value) return digest.sha256(json.encode(value)) end, verdicts = {}, facts = {},
    forge = function (method, ...) return forge[method](forge, ...) end,
  }
  for key, value in pairs(row.context or {}) do context[key] = value end
  if row.offline then context.remote_refs = nil end
  return context, forge
end

judging.decision = decision

--- Judges a row's gate as planning does.
---@return table seen { verdict, reason, todo, kind (of a problem), text, facts, evidence, warned, asked (methods of the forge) }
function judging.judge(row)
  local context, forge = judging.context(row)
  local record = judging.record(row.gate, row.says or {})
  record.always = row.always
  -- Read at each call: the tests of mutation put another in its place.
  local ok, trouble = require "judgement".of(context, { record })
  local last = context.verdicts[#context.verdicts] or {}
  return { verdict = last.verdict or ok and "pass" or "problem", reason = last.reason, evidence = last.evidence,
    kind = trouble and trouble.kind, todo = trouble and trouble.todo, text = trouble and trouble.text, facts = context.facts,
    warned = context.warned, asked = forge.asked }
end

local function holds(text, part) return type(text) == "string" and text:find(part, 1, true) ~= nil end

--- Tells how a row differs from what it expects: nil when it does not.
---@return string|nil
function judging.difference(row)
  local ran, seen = pcall(judging.judge, row)
  if not ran then return "it raises: " .. tostring(seen) end
  if seen.verdict ~= row.verdict then
    return ("%s, not %s: %s"):format(seen.verdict, row.verdict, tostring(seen.reason or seen.text))
  end
  if row.kind and seen.kind ~= row.kind then return ("a problem of the kind %s, not %s"):format(tostring(seen.kind), row.kind) end
  local told = seen.reason or seen.text
  if row.reason and not holds(told, row.reason) then return ("the reason is: %s"):format(tostring(told)) end
  if row.todo and not holds(seen.todo, row.todo) then return ("the remedy is: %s"):format(tostring(seen.todo)) end
  if told and told:find "[^\x20-\x7E\x80-\xFF]" then return "the reason is no single printable line" end
  if (seen.verdict == "deny" or seen.verdict == "wait") and not seen.todo then return "it says no remedy" end
  if row.not_after ~= nil then
    local found = false
    for _, fact in ipairs(seen.facts) do
      if fact.fact == "time" then found = fact.not_after end
    end
    if found ~= row.not_after then return "it holds until " .. tostring(found) end
  end
  local encoded, words = pcall(json.encode, seen.evidence or {})
  if not encoded then return "its evidence is no data: " .. tostring(words) end
  if row.evidence and words ~= json.encode(row.evidence) then return "its evidence is " .. words end
end

--- The words of a lane's gates in the order in which they are judged, before the decisions and after them: a trigger
-- that has a gate of its own comes first.
---@return string early, string late
function judging.order()
  local early, late = require "judgement".split { when = { { word = "manual" }, { word = "completed" }, { word = "approved" } },
    gates = { { word = "confirmed" }, { word = "synced" }, { word = "custom" }, { word = "checks" } } }
  local function words(list)
    local all = {}
    for i, gate in ipairs(list) do all[i] = gate.word end
    return table.concat(all, " ")
  end
  return words(early), words(late)
end

--- For rows whose forge refuses.
judging.problem = problem

return judging

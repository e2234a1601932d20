--- Fuzz target of saved plans: `return function (bytes)`, which raises when a property does not hold.
--
-- Whatever the bytes: they are refused with one printable line, or they are a plan that can be shown, summed up and
-- asked about, and then nothing in it could force a push, delete a ref or move a tag.

local json = require "host.json"
local problem = require "problem"
local steps = require "steps"
local report = require "report"
local run = require "commands.run"
local session = require "session"

local style = report.style(false)

local function printable(line)
  if line:find("[%c\127]") then error("an unprintable line: " .. ("%q"):format(line)) end
end

local function check_push(op)
  for _, update in ipairs(op.args.updates) do
    local refspec = ("%s:%s"):format(update.new, update.ref)
    if not refspec:find("^%x+:refs/heads/[^:*]+$") and not refspec:find("^%x+:refs/tags/[%w._+/@-]+$") then
      error("a push of " .. refspec)
    end
  end
end

-- A destination that answers every question with nothing: probing must get along with it.
local EMPTY = {
  repo = { read = function () return nil end, commit = function () return nil end },
  git = { index_is = function () return false end, fetch = function () return nil end },
  local_ref = function () return nil end, remote_refs = function () return {} end,
  forge = function () return problem.refuse("error", "there is no forge") end, link = function () return false end,
  decode = function () return nil end, now = function () return 0 end, plan_id = ("0"):rep(64),
}

local function check_plan(saved)
  if json.encode(saved.value) ~= saved.bytes then error("the bytes are not those of the value") end
  for _, line in ipairs(report.plan(saved.value, saved.id, style)) do printable(line) end
  json.encode(run.summary(saved))
  for _, op in ipairs(saved.value.ops) do
    printable(report.progress(op, "done", style))
    if op.kind == "push" then check_push(op) end
    if steps.ops[op.kind] then steps.ops[op.kind].probe(op, EMPTY, {}) end
  end
end

return function (bytes)
  local saved, trouble = session.parse_plan(bytes, "plan.json")
  if saved then return check_plan(saved) end
  if trouble.kind ~= "error" then error("refused as " .. trouble.kind) end
  printable(tostring(trouble))
  -- Bytes that are JSON but not canonical are tried again as relrun would write them.
  local value = json.decode((bytes:gsub("\n$", "")))
  if type(value) == "table" then
    saved = session.parse_plan(json.encode(value), "plan.json")
    if saved then check_plan(saved) end
  end
end

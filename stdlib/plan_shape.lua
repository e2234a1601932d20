--- The shape of a plan that comes from a file. Its id says that nobody changed it since it was approved; without an id
-- it is a stranger's text, and what stands in it goes to git's command line and into git's objects. So every value that
-- a command reads has its rule here, or beside the operation that reads it: an operation can neither force a push nor
-- name anything but a branch, a tag or a lock of relrun's.

local shape = require "shape"
local steps = require "steps"
local text = require "text"

local plan_shape = {}

local CAUSE = { commit = shape.oid, subject = shape.text, earlier = shape.maybe(shape.flag) }

-- The facts that a plan rests on, by their kind.
local FACTS = {
  remote_ref = { fact = shape.text, remote = shape.name, ref = shape.text, oid = shape.oid, or_oid = shape.maybe(shape.oid) },
  forge = { fact = shape.text, gate = shape.text, ask = shape.list(shape.any, 1), fields = shape.maybe(shape.list(shape.text)),
    sha256 = shape.digest },
  time = { fact = shape.text, gate = shape.text, not_after = shape.count },
}

-- What gates ask of the forge, with the arguments: apply asks it again in these words.
local QUESTIONS = {
  approvals = { shape.count }, checks = { shape.oid, shape.maybe(shape.list(shape.text, 1)) }, environment = { shape.text },
  image = { shape.text }, issues = { { labels = shape.list(shape.text) } }, member = { shape.text, shape.text },
  pull = { shape.count },
  pulls = { { state = shape.one_of("open", "all"), base = shape.maybe(shape.text), head = shape.maybe(shape.text) } },
  reach = { shape.url }, reviews = { shape.count }, role = { shape.text }, rules = { shape.text },
}

local function check_question(where, ask)
  local arguments = QUESTIONS[ask[1]]
  if not arguments then return where, "no gate asks it" end
  if #ask > #arguments + 1 then return where, "it has too many arguments" end
  for i, rule in ipairs(arguments) do
    local at, wrong = shape.check(("%s[%d]"):format(where, i + 1), ask[i + 1], rule)
    if at then return at, wrong end
  end
end

local PLAN = {
  schema = shape.text, tool = shape.text, flags = shape.any, tape = shape.any, release = shape.text, lane = shape.text,
  half = shape.maybe(shape.one_of("prepare", "publish", "guard")), push = shape.flag, remote = shape.name, branch = shape.text, tip = shape.oid,
  forge = shape.maybe { word = shape.one_of("github", "local_forge"), host = shape.maybe(shape.text),
    repository = shape.maybe(shape.text), path = shape.maybe(shape.text) },
  spec = { sha256 = shape.digest }, base = { branch = shape.text, commit = shape.oid, time = shape.count },
  warnings = shape.list(shape.text),
  gates = shape.list { gate = shape.text, verdict = shape.text, reason = shape.maybe(shape.text), evidence = shape.maybe(shape.any) },
  facts = shape.list(shape.any),
  packages = shape.list({
    path = shape.text, cancelled = shape.any, unparsed = shape.any, unparsed_count = shape.count, needs = shape.any,
    name = shape.text, version = shape.text, previous = shape.maybe(shape.text), tag = shape.text, level = shape.text,
    commits = shape.count, because = shape.list(CAUSE), reason = shape.list(shape.text),
  }),
  ops = shape.list({
    id = shape.count, kind = shape.text, stage = shape.one_of("local", "remote", "forge"),
    class = shape.one_of("reversible", "compensable", "irreversible"), pre = { ref = shape.maybe(shape.oid) },
    args = shape.any,
  }),
}

local function check_fact(i, fact)
  local where = ("facts[%d]"):format(i)
  if type(fact) ~= "table" then return where, "a table is missing" end
  -- A kind that is not here is apply's to refuse.
  local rule = FACTS[fact.fact]
  if not rule then return nil end
  local at, wrong = shape.check(where, fact, rule)
  if not at and fact.ask then return check_question(where .. ".ask", fact.ask) end
  return at, wrong
end

local function check_op(i, op)
  local where = ("ops[%d]"):format(i)
  if op.id ~= i then return where .. ".id", "the operations are not numbered in order" end
  local kind = steps.ops[op.kind]
  if not kind then return nil end
  local at, wrong = shape.check(where .. ".args", op.args, kind.shape)
  if at then return at, wrong end
  if kind.wrong then
    at, wrong = kind.wrong(op.args)
    if at then return where .. ".args." .. at, wrong end
  end
end

--- Tells whether a decoded plan has the shape of one.
---@param value table
---@return true|nil
---@return string|nil message which value is not what it should be: "ops[3].args.to: it is no object id"
function plan_shape.check(value)
  local at, wrong = shape.check("", value, PLAN)
  if at then return nil, ("%s: %s"):format(at, text.line(wrong)) end
  if #value.packages == 0 and value.half ~= "guard" then return nil, "packages: it is empty" end
  for i, fact in ipairs(value.facts) do
    at, wrong = check_fact(i, fact)
    if at then return nil, ("%s: %s"):format(at, text.line(wrong)) end
  end
  for i, op in ipairs(value.ops) do
    at, wrong = check_op(i, op)
    if at then return nil, ("%s: %s"):format(at, text.line(wrong)) end
  end
  return true
end

return plan_shape

--- The shape of a plan that comes from a file. Its id says that nobody changed it since it was approved; without an id
-- it is a stranger's text, and what stands in it goes to git's command line and into git's objects. So every value that
-- a command reads has its type here, every object id is one, and every ref is a ref: an operation can neither force a
-- push nor name anything but a branch, a tag or a lock of relrun's.

local template = require "template"
local text = require "text"

local plan_shape = {}

local function is_text(value)
  if type(value) ~= "string" then return "a text is missing" end
end

-- Read by nobody who applies or prints a plan, or held against rows of its own below.
local function is_any() end

local function is_flag(value)
  if type(value) ~= "boolean" then return "true or false is missing" end
end

local function is_count(value)
  if math.type(value) ~= "integer" or value < 0 then return "a number is missing" end
end

local function is_oid(value)
  if type(value) ~= "string" or #value ~= 40 or value:find("[^%x]") or value:find("%u") then
    return "it is no object id"
  end
end

local function is_digest(value)
  if type(value) ~= "string" or #value ~= 64 or value:find("[^%x]") then return "it is no SHA-256" end
end

-- A text that stands on one line of a git object.
local function is_line(value)
  if type(value) ~= "string" or value == "" or value:find("[%z\n]") then return "a text of one line is missing" end
end

local function is_message(value)
  if type(value) ~= "string" or value:find("%z") then return "a text without NUL is missing" end
end

-- A name that git cannot take for an option, and that leads nowhere else.
local function is_name(value)
  if type(value) ~= "string" or value == "" or value:find("^%-") or value:find("[%c ]") then return "it is no name" end
end

-- What git check-ref-format allows below refs/, and nothing that a refspec gives another meaning.
local function is_ref_below(prefix, value)
  if type(value) ~= "string" or value:sub(1, #prefix) ~= prefix then return ("it does not begin with %s"):format(prefix) end
  if #value == #prefix or value:find("[%c\127 ~^:?*%[\\]") or value:find("..", 1, true) or value:find("@{", 1, true)
    or value:find("//", 1, true) or value:find("/%.") or value:find("[/.]$") or (value .. "/"):find(".lock/", 1, true) then
    return "it is no name of a ref"
  end
end

local function is_branch(value) return is_ref_below("refs/heads/", value) end
local function is_lock(value) return is_ref_below("refs/relrun/lock/", value) end

local function is_tag(value)
  local wrong = is_ref_below("refs/tags/", value)
  if wrong then return wrong end
  local _, message = template.tag_ok(value:sub(#"refs/tags/" + 1))
  return message
end

local function is_pushed(value) return is_branch(value) and is_tag(value) and "it is neither a branch nor a tag" or nil end

-- A path in a tree: host.repo refuses the rest (".git", "..") when it writes the tree.
local function is_path(value)
  if type(value) ~= "string" or value == "" or value:find("%z") or value:find("^/") then return "it is no path" end
end

local function is_mode(value)
  if value ~= "100644" and value ~= "100755" then return "it is no mode of a file" end
end

local function one_of(...)
  local allowed = { ... }
  return function (value)
    for _, one in ipairs(allowed) do if value == one then return nil end end
    return "it is none of " .. table.concat(allowed, ", ")
  end
end

--- A field that may be absent.
local function maybe(rule) return { rule = rule, absent = true } end

--- A list whose items all follow `rule`.
local function list(rule, least) return { list = rule, least = least or 0 } end

local SPLICE = { at = is_count, remove = is_count, insert = is_text }
local EDIT = { path = is_path, mode = is_mode, before = maybe(is_oid), after = is_oid, splices = list(SPLICE) }
local UPDATE = { ref = is_pushed, new = is_oid, old = maybe(is_oid) }
local SAID = { commit = is_oid, subject = is_text }

local PLAN = {
  schema = is_text, tool = is_text, flags = is_any, tape = is_any, release = is_text, lane = is_text, push = is_flag, remote = is_name, branch = is_text, tip = is_oid,
  spec = { sha256 = is_digest }, base = { branch = is_text, commit = is_oid, time = is_count },
  warnings = list(is_text), gates = list { gate = is_text, verdict = is_text, reason = maybe(is_text) },
  facts = list { fact = is_text, remote = is_name, ref = is_text, oid = is_oid, or_oid = maybe(is_oid) },
  packages = list({
    path = is_text, cancelled = is_any, unparsed = is_any, unparsed_count = is_count, needs = is_any,
    name = is_text, version = is_text, previous = maybe(is_text), tag = is_text, level = is_text, commits = is_count,
    because = list(SAID), reason = list(is_text),
  }, 1),
  ops = list({
    id = is_count, kind = is_text, stage = one_of("local", "remote"),
    class = one_of("reversible", "compensable", "irreversible"), pre = { ref = maybe(is_oid) }, args = is_any,
  }),
}

-- The arguments of each kind of operation. A kind that is not here is apply's to refuse.
local ARGUMENTS = {
  branch = { ref = is_branch, to = is_oid },
  commit = { tree = is_oid, parents = list(is_oid, 1), author = is_line, committer = is_line, message = is_message,
    edits = list(EDIT, 1), commit = is_oid },
  lock = { remote = is_name, ref = is_lock, purpose = maybe(is_text) },
  push = { remote = is_name, atomic = is_flag, updates = list(UPDATE, 1), unlock = maybe(is_count) },
  tag = { tag = is_text, package = is_text, version = is_text, ref = is_tag, target = is_oid, object = is_oid, message = maybe(is_message),
    tagger = maybe(is_line) },
  work_tree = { from = is_oid, to = is_oid },
}

local check

local function check_list(where, value, rule)
  local n = #value
  for key in pairs(value) do
    if math.type(key) ~= "integer" or key < 1 or key > n then return where, "it is no list" end
  end
  if n < rule.least then return where, "it is empty" end
  for i = 1, n do
    local at, wrong = check(("%s[%d]"):format(where, i), value[i], rule.list)
    if at then return at, wrong end
  end
end

--- Where `value` breaks `rule`, and how; nothing when it does not.
function check(where, value, rule)
  if type(rule) == "function" then
    local wrong = rule(value)
    if wrong then return where, wrong end
    return nil
  end
  if rule.absent then
    if value == nil then return nil end
    return check(where, value, rule.rule)
  end
  if type(value) ~= "table" then return where, "a table is missing" end
  if rule.list then return check_list(where, value, rule) end
  local names = {}
  for name in pairs(rule) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local at, wrong = check(where == "" and name or where .. "." .. name, value[name], rule[name])
    if at then return at, wrong end
  end
  -- What this relrun does not know may be what the plan rests on.
  for name in pairs(value) do
    if rule[name] == nil then
      return where == "" and tostring(name) or where .. "." .. tostring(name), "this relrun does not know it"
    end
  end
end

--- Splices of one edit stand in order and do not overlap, or what they make would depend on who reads them.
local function splices_in_order(args)
  for _, edit in ipairs(args.edits) do
    local past = 0
    for _, splice in ipairs(edit.splices) do
      if splice.at < past then return false end
      past = splice.at + splice.remove
    end
  end
  return true
end

-- Only branches move.
local function moves_a_tag(args)
  for _, update in ipairs(args.updates) do
    if update.old and not is_tag(update.ref) then return true end
  end
  return false
end

local function check_op(i, op)
  local where = ("ops[%d]"):format(i)
  if op.id ~= i then return where .. ".id", "the operations are not numbered in order" end
  local rule = ARGUMENTS[op.kind]
  if not rule then return nil end
  local at, wrong = check(where .. ".args", op.args, rule)
  if at then return at, wrong end
  if op.kind == "tag" then
    if op.args.ref ~= "refs/tags/" .. op.args.tag then return where .. ".args.ref", "it is not the tag's" end
    if (op.args.message == nil) ~= (op.args.tagger == nil) then return where .. ".args.tagger",
      "a message and a tagger come together" end
  elseif op.kind == "push" and moves_a_tag(op.args) then
    return where .. ".args.updates", "a tag would be moved"
  elseif op.kind == "commit" and not splices_in_order(op.args) then
    return where .. ".args.edits", "the splices are not in order"
  end
end

--- Tells whether a decoded plan has the shape of one.
---@param value table
---@return true|nil
---@return string|nil message which value is not what it should be: "ops[3].args.to: it is no object id"
function plan_shape.check(value)
  local at, wrong = check("", value, PLAN)
  if at then return nil, ("%s: %s"):format(at, text.line(wrong)) end
  for i, op in ipairs(value.ops) do
    at, wrong = check_op(i, op)
    if at then return nil, ("%s: %s"):format(at, text.line(wrong)) end
  end
  return true
end

return plan_shape

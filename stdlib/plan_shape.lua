--- What a plan must look like before anything of it is believed: a saved plan is a file from outside. The rows say which
-- fields every operation has and what each may hold; a branch operation names a branch and nothing else, a tag is never
-- deleted or moved, and only locks live below refs/relrun.

local text = require "text"

local plan_shape = {}

local is = {}

function is.text(value) return type(value) == "string" end
function is.line(value) return type(value) == "string" and not value:find "[%c]" end
function is.name(value) return is.line(value) and value ~= "" and value:sub(1, 1) ~= "-" end
function is.boolean(value) return type(value) == "boolean" end
function is.integer(value) return math.type(value) == "integer" end
function is.oid(value) return type(value) == "string" and #value == 40 and not value:find "[^%da-f]" end
function is.table(value) return type(value) == "table" end

local function is_ref(prefix)
  return function (value)
    return is.line(value) and value:sub(1, #prefix) == prefix and #value > #prefix and not value:find "[ ~^:?*%[\\]"
      and not value:find("..", 1, true) and not value:find "//" and not value:find "/$"
  end
end

is.branch, is.tag, is.lock = is_ref "refs/heads/", is_ref "refs/tags/", is_ref "refs/relrun/lock/"

function is.path(value)
  if not is.name(value) or value:find "^/" or value:find "/$" or value:find "//" then return false end
  for part in value:gmatch "[^/]+" do
    if part == ".." or part == "." or part:lower() == ".git" then return false end
  end
  return true
end

-- A list whose items all have a shape, or fields by rows.
local function list_of(check)
  return function (value)
    if type(value) ~= "table" then return false end
    for _, item in ipairs(value) do
      if not check(item) then return false end
    end
    return true
  end
end

-- Fields: { name = check }; a name that ends in "?" may be absent, and no other field may be there.
local function record(fields)
  return function (value)
    if type(value) ~= "table" then return false end
    local seen = {}
    for name, check in pairs(fields) do
      local plain = name:gsub("%?$", "")
      seen[plain] = true
      if value[plain] == nil then
        if plain == name then return false, plain end
      elseif not check(value[plain]) then
        return false, plain
      end
    end
    for name in pairs(value) do
      if not seen[name] then return false, name end
    end
    return true
  end
end

is.oids = list_of(is.oid)
is.splices = list_of(record { at = is.integer, remove = is.integer, insert = is.text })
is.edits = list_of(record { path = is.path, mode = is.line, ["before?"] = is.oid, after = is.oid, splices = is.splices })

local branch_update = record { ref = is.branch, new = is.oid, ["old?"] = is.oid }
local tag_update = record { ref = is.tag, new = is.oid }
is.updates = list_of(function (value) return branch_update(value) or tag_update(value) end)

-- The arguments and preconditions of every kind of operation.
local OPS = {
  commit = { record { commit = is.oid, tree = is.oid, parents = is.oids, author = is.line, committer = is.line,
    message = is.text, edits = is.edits }, record {} },
  branch = { record { ref = is.branch, to = is.oid }, record { ["ref?"] = is.oid } },
  work_tree = { record { from = is.oid, to = is.oid }, record {} },
  tag = { record { tag = is.name, ref = is.tag, target = is.oid, object = is.oid, package = is.line, version = is.line,
    ["message?"] = is.text, ["tagger?"] = is.line }, record {} },
  lock = { record { remote = is.name, ref = is.lock, ["purpose?"] = is.line }, record {} },
  push = { record { remote = is.name, atomic = is.boolean, updates = is.updates, ["unlock?"] = is.integer }, record {} },
}

local TOP = {
  schema = is.line, tool = is.line, release = is.line, lane = is.line, push = is.boolean, remote = is.name, branch = is.line,
  tip = is.oid, spec = record { sha256 = is.line }, flags = is.table, tape = is.table, warnings = list_of(is.line),
  base = record { branch = is.line, commit = is.oid, time = is.integer },
  packages = list_of(function (package)
    return is.table(package) and is.line(package.name) and is.line(package.version) and is.line(package.tag)
      and is.line(package.level) and is.integer(package.commits) and is.table(package.because) and is.table(package.reason)
  end),
  gates = list_of(function (gate) return is.table(gate) and is.line(gate.gate) and is.line(gate.verdict) end),
  facts = list_of(record { fact = is.line, remote = is.name, ref = is.branch, oid = is.oid, ["or_oid?"] = is.oid }),
  ops = is.table,
}

--- Is this a plan as relrun writes them?
---@param value any a decoded plan
---@return true|nil
---@return string|nil message which part is not
function plan_shape.check(value)
  local ok, part = record(TOP)(value)
  if not ok then return nil, ("its part '%s' is not what a plan holds there"):format(text.line(tostring(part or "?"))) end
  for i, op in ipairs(value.ops) do
    local shape = is.table(op) and OPS[op.kind]
    if not shape then
      return nil, ("its operation %d is of the kind '%s', which this relrun does not know"):format(i,
        text.line(tostring(is.table(op) and op.kind)))
    end
    ok, part = record { id = function (id) return id == i end, stage = is.line, kind = is.line, class = is.line,
      args = shape[1], pre = shape[2] }(op)
    if not ok then
      return nil, ("its operation %d (%s) is not what relrun writes: '%s'"):format(i, op.kind, text.line(tostring(part)))
    end
  end
  return true
end

return plan_shape

--- The shapes of values that come from a file: rules, and the check against them. A rule is a function that says what is
-- wrong with a value, a table of rules for the fields of an object, shape.list or shape.maybe. An object may hold no
-- field besides: what this relrun does not know may be what the value rests on.

local template = require "template"

local shape = {}

--- Any text.
function shape.text(value)
  if type(value) ~= "string" then return "a text is missing" end
end

--- Read by nobody who applies or prints, or held against rules of its own elsewhere.
function shape.any() end

--- True or false.
function shape.flag(value)
  if type(value) ~= "boolean" then return "true or false is missing" end
end

--- A whole number from 0 on.
function shape.count(value)
  if math.type(value) ~= "integer" or value < 0 then return "a number is missing" end
end

--- An object id of git: 40 hex digits.
function shape.oid(value)
  if type(value) ~= "string" or #value ~= 40 or value:find("[^%x]") or value:find("%u") then
    return "it is no object id"
  end
end

--- A SHA-256: 64 hex digits.
function shape.digest(value)
  if type(value) ~= "string" or #value ~= 64 or value:find("[^%x]") then return "it is no SHA-256" end
end

--- A text that stands on one line of a git object.
function shape.line(value)
  if type(value) ~= "string" or value == "" or value:find("[%z\n]") then return "a text of one line is missing" end
end

--- A text that git keeps as a message.
function shape.message(value)
  if type(value) ~= "string" or value:find("%z") then return "a text without NUL is missing" end
end

--- A name that git cannot take for an option, and that leads nowhere else.
function shape.name(value)
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

--- A ref of a branch.
function shape.branch(value) return is_ref_below("refs/heads/", value) end
--- A ref of a lock of relrun's.
function shape.lock(value) return is_ref_below("refs/relrun/lock/", value) end

--- A ref of a tag whose name relrun would give.
function shape.tag(value)
  local wrong = is_ref_below("refs/tags/", value)
  if wrong then return wrong end
  local _, message = template.tag_ok(value:sub(#"refs/tags/" + 1))
  return message
end

--- A ref that a push may name.
function shape.pushed(value) return shape.branch(value) and shape.tag(value) and "it is neither a branch nor a tag" or nil end

--- A path in a tree: host.repo refuses the rest (".git", "..") when it writes the tree.
function shape.path(value)
  if type(value) ~= "string" or value == "" or value:find("%z") or value:find("^/") then return "it is no path" end
end

--- The mode of a regular file in a tree.
function shape.mode(value)
  if value ~= "100644" and value ~= "100755" then return "it is no mode of a file" end
end

--- One of these texts.
function shape.one_of(...)
  local allowed = { ... }
  return function (value)
    for _, one in ipairs(allowed) do if value == one then return nil end end
    return "it is none of " .. table.concat(allowed, ", ")
  end
end

--- A field that may be absent.
function shape.maybe(rule) return { rule = rule, absent = true } end

--- An object id that is not known yet, or anything else that an earlier operation gives: its number.
function shape.result(value) return shape.count(value) end

--- An https address, or http of this machine's own.
function shape.url(value)
  if type(value) ~= "string" or value:find("[%c%s]") or not (value:find "^https?://[^/]+" or value:find "^file:///") then
    return "it is no address"
  end
end

--- A list whose items all follow `rule`.
function shape.list(rule, least) return { list = rule, least = least or 0 } end

-- The check. --------------------------------------------------------------------------------------------------------

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

--- Holds a value against a rule.
---@param where string what the value is called, "" for the whole
---@param value any
---@param rule any
---@return string|nil where the first thing that is wrong: "ops[3].args.to"
---@return string|nil wrong what is wrong with it
function shape.check(where, value, rule) return check(where, value, rule) end

return shape

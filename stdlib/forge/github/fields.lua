--- Reads the fields of an answer. A forge, a proxy or a broken server may answer with anything: a field of another
-- type than GitHub promises ends the reading with a problem that names it, so that what is read has the promised
-- shape or is not read at all. `null` and an absent field are the same.

local problem = require "problem"
local text = require "text"

local fields = {}

local mismatch = {}

local function fail(name, wanted) error(setmetatable({ name = name, wanted = wanted }, mismatch), 0) end

-- One reader that demands the field and one that has a fallback for it.
local function pair(name, wanted, fits)
  fields[name] = function (record, key)
    local value = record[key]
    if not fits(value) then fail(key, wanted) end
    return value
  end
  fields[name .. "_or"] = function (record, key, fallback)
    local value = record[key]
    if value == nil then return fallback end
    if not fits(value) then fail(key, wanted) end
    return value
  end
end

pair("text", "text", function (value) return type(value) == "string" end)
pair("integer", "integer", function (value) return math.type(value) == "integer" end)
pair("flag", "true or false", function (value) return type(value) == "boolean" end)

--- A reader of lists and records; json tells an empty list from an empty record.
---@param json { is_array: fun(value: any): boolean, array: fun(list: table): table }
---@return table fields with `text`, `integer`, `flag`, `list`, `record` (each also as NAME_or),
--   `one_of`, `login`, `labels`, `each` and `read`
function fields.new(json)
  local is_array = json.is_array
  local self = setmetatable({}, { __index = fields })
  local function is_record(value) return type(value) == "table" and not is_array(value) end
  local function demand(value, key, wanted, fits)
    if not fits(value) then fail(key, wanted) end
    return value
  end
  function self.record(record, key) return demand(record[key], key, "object", is_record) end
  function self.list(record, key) return demand(record[key], key, "list", is_array) end
  function self.record_or(record, key, fallback)
    if record[key] == nil then return fallback end
    return self.record(record, key)
  end
  function self.list_or(record, key)
    if record[key] == nil then return json.array {} end
    return self.list(record, key)
  end
  --- Reads every item of a list, each of them a record.
  function self.each(list, read)
    local found = {}
    for i, item in ipairs(demand(list, "list", "list", is_array)) do
      found[i] = read(self, demand(item, ("item %d"):format(i), "object", is_record))
    end
    return found
  end
  --- The names of a record's labels, sorted. In issues a label may be a text, says GitHub.
  function self.labels(record)
    local names = {}
    for i, label in ipairs(self.list(record, "labels")) do
      if not (type(label) == "string" or is_record(label)) then fail("labels", "text or object") end
      names[i] = type(label) == "string" and label or self.text(label, "name")
    end
    table.sort(names)
    return names
  end
  --- Reads a whole answer with `read(fields, value)`.
  ---@return any value, or nil, problem
  function self.read(where, value, read)
    local ok, result = pcall(function () return read(self, demand(value, "answer", "object", is_record)) end)
    if ok then return result end
    if getmetatable(result) ~= mismatch then error(result, 0) end
    return problem.refuse("error", ("%s: GitHub's answer is not what it should be: no %s as '%s'"):format(
      where, result.wanted, text.line(result.name)))
  end
  return self
end

--- A text that is one of the keys of `known`; answers what stands there.
function fields.one_of(record, key, known)
  local value = known[fields.text(record, key)]
  if value == nil then fail(key, "known word") end
  return value
end

--- The login of a user's record, "ghost" where the account is gone.
function fields.login(record, key)
  local user = record[key]
  if user == nil then return "ghost" end
  if type(user) ~= "table" then fail(key, "object") end
  return fields.text(user, "login")
end

return fields

--- The files of a local forge: one JSON file per thing, readable with any tool. A file is replaced as a whole, so a
-- reader needs no lock and never sees half of one; writers take turns under one lock, which ends with its process.

local moment = require "moment"
local problem = require "problem"
local shape = require "shape"
local text = require "text"

local store = {}

-- How long a writer waits for its turn: uploads copy outside of the lock, so nobody holds it for long.
local WAIT_MS = 20000

-- Larger than any of our files: what a person or a program puts into a title or a body has GitHub's own caps.
local FILE_MAX = 4 << 20

---@class store
---@field root string the directory, absolute
local methods = {}
methods.__index = methods

--- A rule of shape.lua for an object whose keys are names and whose values all follow `rule`.
---@param rule any
function store.map(rule)
  return function (value)
    if type(value) ~= "table" then return "a table is missing" end
    for key, item in pairs(value) do
      if type(key) ~= "string" then return "it is a list and not an object" end
      local where, wrong = shape.check(key, item, rule)
      if where then return ("%s: %s"):format(where, wrong) end
    end
  end
end

---@param root string
---@param parts table see forge/connect.lua
---@return store
function store.new(root, parts)
  return setmetatable({ root = root, file = parts.file, json = parts.json, clock = parts.clock, held = 0 }, methods)
end

local function refuse(words, todo) return problem.refuse("error", text.line(words), todo) end

--- The absolute path of a file of the forge.
---@param name string
---@return string
function methods:path(name) return self.root .. "/" .. name end

--- The time of this call, RFC 3339 in UTC.
---@return string
function methods:now() return moment.time(self.clock.now()) end

--- Marks a list as one, so that an empty one stays a list wherever it is written.
---@param list any[]
function methods:array(list) return self.json.array(list) end

--- Reads a JSON file that has to follow `rule`.
---@param name string
---@param rule any see shape.lua
---@return table|false|nil value, problem false when there is no such file
function methods:read(name, rule)
  local path = self:path(name)
  local bytes, words, kind = self.file.read(path, { max = FILE_MAX })
  if not bytes then
    if kind == "not_found" then return false end
    return refuse(words)
  end
  local value, broken = self.json.decode(bytes)
  local where, wrong
  if type(value) ~= "table" then wrong = broken or "it is no object" else where, wrong = shape.check("", value, rule) end
  if wrong then
    return refuse(("%s: broken: %s"):format(path, where and where ~= "" and where .. ": " .. wrong or wrong),
      "correct it, or remove it and do again what made it")
  end
  return value
end

--- A refusal that came after something was written: whoever asked has to look at what is there.
---@param trouble problem
---@return nil, problem
function store.unsure(trouble)
  return problem.refuse("unknown", trouble.text, "run the same command again")
end

--- Replaces a file, whole or not at all; its directories are made when they lack.
---@param name string
---@param value table
---@return true|nil, problem of kind "unknown" when the file is there, and perhaps not on the disk
function methods:write(name, value)
  local path = self:path(name)
  local encoded, bytes = pcall(self.json.pretty, value)
  if not encoded then return refuse(("%s: cannot be written: %s"):format(path, bytes), "say it in well-formed UTF-8") end
  bytes = bytes .. "\n"
  local ok, words = self.file.mkdir(path:match "^(.*)/")
  if ok then ok, words = self.file.write(path, bytes) end
  if ok then return true end
  if self.file.read(path, { max = FILE_MAX }) == bytes then return store.unsure(problem.new("error", text.line(words))) end
  return refuse(words)
end

-- What file.write leaves when it is killed.
local LITTER = "%.json%.%w%w%w%w%w%w$"

--- Removes from a directory what killed writers have left there. Under the lock, where nobody else writes.
---@param name string
---@return true|nil, problem
function methods:tidy(name)
  local names, words, kind = self.file.list(self:path(name))
  if not names and kind ~= "not_found" then return refuse(words) end
  for _, one in ipairs(names or {}) do
    if one:find(LITTER) then
      local ok, trouble = self:remove(name .. "/" .. one)
      if not ok then return nil, trouble end
    end
  end
  return true
end

--- The names in a directory, sorted by bytes; none when it is not there. Left out: what killed writers have left, and names
-- that begin with a dot.
---@param name string
---@return string[]|nil, problem
function methods:names(name)
  local names, words, kind = self.file.list(self:path(name))
  if not names then
    if kind == "not_found" then return {} end
    return refuse(words)
  end
  local kept = {}
  for _, one in ipairs(names) do
    if not one:find "^%." and not one:find(LITTER) then kept[#kept + 1] = one end
  end
  return kept
end

--- The numbers of a directory of NUMBER.json files (or, with `suffix` "", of NUMBER directories), ascending.
---@param name string
---@param suffix string|nil
---@return integer[]|nil, problem
function methods:numbers(name, suffix)
  suffix = suffix or ".json"
  local names, trouble = self:names(name)
  if not names then return nil, trouble end
  local numbers = {}
  for _, one in ipairs(names) do
    local digits = one:sub(-#suffix) == suffix and one:sub(1, #one - #suffix) or suffix == "" and one or ""
    if digits:find "^[1-9]%d*$" and #digits < 16 then
      numbers[#numbers + 1] = math.tointeger(tonumber(digits))
    elseif suffix == "" or self:is_file(name .. "/" .. one) then
      return refuse(("%s: no file of a local forge's"):format(self:path(name .. "/" .. one)), "move it away")
    end
  end
  table.sort(numbers)
  return numbers
end

--- Reads every NUMBER.json of a directory, in the order of the numbers.
---@param name string
---@param rule any
---@return table[]|nil, problem
function methods:all(name, rule)
  local numbers, trouble = self:numbers(name)
  if not numbers then return nil, trouble end
  local values = {}
  for _, number in ipairs(numbers) do
    local value, broken = self:read(("%s/%d.json"):format(name, number), rule)
    if value == nil then return nil, broken end
    if value then values[#values + 1] = value end
  end
  return values
end

--- What stands there: "file", "directory", "link", "other", or nil.
---@param name string
---@return string|nil
function methods:type(name) return (self.file.stat(self:path(name)) or {}).type end

--- Is a file there?
---@param name string
function methods:is_file(name) return self:type(name) == "file" end

--- Removes a file, or a directory with all that it holds; absent is success.
---@param name string
---@return true|nil, problem
function methods:remove(name)
  local ok, words, kind = self.file.remove(self:path(name), { recursive = true })
  if not ok and kind ~= "not_found" then return refuse(words) end
  return true
end

--- Moves a file or directory, made visible at its new place in one step.
---@param from string
---@param to string
---@return true|nil, problem of kind "unknown" when it has moved, and perhaps not on the disk
function methods:rename(from, to)
  local target = self:path(to)
  local ok, words = self.file.mkdir(target:match "^(.*)/")
  if ok then ok, words = self.file.rename(self:path(from), target) end
  if ok then return true end
  if not self:type(from) then return store.unsure(problem.new("error", text.line(words))) end
  return refuse(words)
end

--- Runs `body` while no other process writes to this forge. May stand inside itself.
---@param body fun(): any
---@return any what the body returns, or nil and a problem of kind "locked"
function methods:locked(body)
  if self.held == 0 then
    local ok, words, kind = self.file.mkdir(self.root)
    if ok then self.lock, words, kind = self.file.lock(self:path "lock", { wait_ms = WAIT_MS }) end
    if not self.lock then
      return problem.refuse(kind == "conflict" and "locked" or "error", text.line(words),
        kind == "conflict" and "run the same command again" or nil)
    end
  end
  self.held = self.held + 1
  local results = table.pack(pcall(body))
  self.held = self.held - 1
  if self.held == 0 then
    self.lock:release()
    self.lock = nil
  end
  if not results[1] then error(results[2], 0) end
  return table.unpack(results, 2, results.n)
end

local COUNTER = { next = shape.count }

--- A new id, larger than every one before, also than those of things that are gone. Under the lock.
---@return integer|nil, problem
function methods:new_id()
  local counter, trouble = self:read("counter.json", COUNTER)
  if counter == nil then return nil, trouble end
  local id = counter and counter.next or 1
  local ok
  ok, trouble = self:write("counter.json", { next = id + 1 })
  if not ok then return nil, trouble end
  return id
end

return store

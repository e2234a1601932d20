--- The ready-made specs, looked at from outside: what the opening comment of one says, and which options it has.
-- Pure: the text comes in. A ready-made spec is ours, so it may run in this state; it gets words that mean nothing and
-- is left as soon as it has told its option rows.

local specs = {}

local function opening(text)
  local lines = {}
  for line in text:gmatch "(.-)\r?\n" do
    local told = line:match "^%-%-+ ?(.*)$"
    if not told then break end
    lines[#lines + 1] = told
  end
  return lines
end

local function dummy()
  local node = {}
  return setmetatable(node, { __call = function () return node end })
end

--- What a ready-made spec says of itself.
---@param text string its source
---@param name string for messages
---@return { doc: string[], options: table[] } the rows are those that the spec gives to options_of
function specs.read(text, name)
  local told = {}
  local env = setmetatable({ options_of = function (_, rows) error { [told] = rows } end }, { __index = dummy })
  local run = assert(load(text, "@specs/" .. name .. ".lua", "t", env))
  local _, raised = pcall(run, {})
  local rows = type(raised) == "table" and raised[told]
  if not rows then error(("specs/%s.lua tells no options: %s"):format(name, tostring(raised)), 2) end
  return { doc = opening(text), options = rows }
end

return specs

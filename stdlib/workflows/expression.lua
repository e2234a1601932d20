--- The expressions of workflow conditions (`if:`), evaluated for an event that is only partly known: true, false, or
-- nobody can tell. So a question such as "does this job run for the tag search-v1.0.0" has an exact answer, where a
-- search for words in the condition would guess.
--
-- Values are strings, numbers, booleans, expression.NULL and expression.UNKNOWN. Comparisons follow GitHub: strings
-- without regard to case, different types as numbers. Source: GitHub, "Evaluate expressions in workflows and actions".

local expression = {}

--- What cannot be known from the files.
expression.UNKNOWN = setmetatable({}, { __name = "unknown" })
--- GitHub's null.
expression.NULL = setmetatable({}, { __name = "null" })

local UNKNOWN, NULL = expression.UNKNOWN, expression.NULL
local LONGEST, DEEPEST = 21000, 50 -- GitHub's own limits
local TWO = { ["=="] = true, ["!="] = true, ["<="] = true, [">="] = true, ["&&"] = true, ["||"] = true }

local function tokens_of(text)
  local tokens, at = {}, 1
  while true do
    at = text:find("%S", at)
    if not at then return tokens end
    local char = text:sub(at, at)
    if char == "'" then
      local from, parts = at + 1, {}
      while true do
        local stop = text:find("'", from, true)
        if not stop then return nil, "a string without its end" end
        parts[#parts + 1] = text:sub(from, stop - 1)
        from = stop + 1
        if text:sub(from, from) ~= "'" then break end
        parts[#parts + 1], from = "'", from + 1
      end
      tokens[#tokens + 1], at = { kind = "value", value = table.concat(parts) }, from
    elseif char:find "[%d.]" and text:find("^%.?%d", at) then
      local number = text:match("^[%w.]+", at)
      tokens[#tokens + 1], at = { kind = "value", value = tonumber(number) or UNKNOWN }, at + #number
    elseif char:find "[%a_]" then
      local name = text:match("^[%w_-]+", at)
      tokens[#tokens + 1], at = { kind = "name", value = name }, at + #name
    elseif TWO[text:sub(at, at + 1)] then
      tokens[#tokens + 1], at = { kind = text:sub(at, at + 1) }, at + 2
    elseif char:find "[!()<>,.*%[%]-]" then
      tokens[#tokens + 1], at = { kind = char }, at + 1
    else
      return nil, "an unknown character"
    end
  end
end

local function number_of(value)
  if type(value) == "number" then return value end
  if value == NULL then return 0 end
  if type(value) == "boolean" then return value and 1 or 0 end
  if value == "" then return 0 end
  return tonumber(value) -- nil is GitHub's NaN: equal to nothing
end

local function text_of(value)
  if value == NULL then return "" end
  return tostring(value)
end

--- Is a value true as a condition? UNKNOWN stays so.
---@return boolean|table
local function truth(value)
  if value == UNKNOWN then return UNKNOWN end
  return not (value == false or value == NULL or value == "" or value == 0)
end

local compare = {}
compare["=="] = function (a, b)
  if type(a) == "string" and type(b) == "string" then return a:lower() == b:lower() end
  if type(a) == type(b) and a ~= NULL and b ~= NULL then return a == b end
  local x, y = number_of(a), number_of(b)
  return x ~= nil and x == y
end
compare["!="] = function (a, b) return not compare["=="](a, b) end

local function ordered(test)
  return function (a, b)
    if type(a) == "string" and type(b) == "string" then return test(a:lower(), b:lower()) end
    local x, y = number_of(a), number_of(b)
    return x ~= nil and y ~= nil and test(x, y)
  end
end
compare["<"] = ordered(function (x, y) return x < y end)
compare["<="] = ordered(function (x, y) return x <= y end)
compare[">"] = ordered(function (x, y) return x > y end)
compare[">="] = ordered(function (x, y) return x >= y end)

local function texts(test)
  return function (arguments)
    local a, b = arguments[1], arguments[2]
    if a == nil or b == nil or a == UNKNOWN or b == UNKNOWN then return UNKNOWN end
    return test(text_of(a):lower(), text_of(b):lower())
  end
end

local functions = {
  contains = texts(function (a, b) return a:find(b, 1, true) ~= nil end),
  startswith = texts(function (a, b) return a:sub(1, #b) == b end),
  endswith = texts(function (a, b) return b == "" or a:sub(-#b) == b end),
  always = function () return true end,
  success = function () return true end, -- the jobs before it are taken to succeed
  failure = function () return false end,
  cancelled = function () return false end,
}

local read_or

local function peek(reader) return reader.tokens[reader.at] end

local function take(reader, kind)
  local token = reader.tokens[reader.at]
  if token and token.kind == kind then
    reader.at = reader.at + 1
    return token
  end
end

local function refuse(message) error({ refused = message }, 0) end

local function read_arguments(reader)
  local arguments = {}
  if take(reader, ")") then return arguments end
  repeat arguments[#arguments + 1] = read_or(reader) until not take(reader, ",")
  if not take(reader, ")") then refuse "a ( without its )" end
  return arguments
end

local CONSTANTS = { ["true"] = true, ["false"] = false, null = NULL }

local function read_name(reader, name)
  local lower = name:lower()
  if take(reader, "(") then
    local arguments = read_arguments(reader)
    local run = functions[lower]
    return run and run(arguments) or run == nil and UNKNOWN or false
  end
  if CONSTANTS[lower] ~= nil and not (peek(reader) and peek(reader).kind == ".") then return CONSTANTS[lower] end
  local path = { lower }
  while true do
    if take(reader, ".") then
      local part = take(reader, "name") or take(reader, "*")
      if not part then refuse "a . with no name after it" end
      path[#path + 1] = (part.value or "*"):lower()
    elseif take(reader, "[") then
      local index = read_or(reader)
      if not take(reader, "]") then refuse "a [ without its ]" end
      path[#path + 1] = type(index) == "string" and index:lower() or "*"
    else
      break
    end
  end
  local value = reader.context[table.concat(path, ".")]
  if value == nil then return UNKNOWN end
  return value
end

local function read_one(reader)
  reader.depth = reader.depth + 1
  if reader.depth > DEEPEST then refuse "nested too deeply" end
  local token, value = peek(reader), nil
  if not token then refuse "it ends too early" end
  reader.at = reader.at + 1
  if token.kind == "!" then
    value = truth(read_one(reader))
    if value ~= UNKNOWN then value = not value end
  elseif token.kind == "(" then
    value = read_or(reader)
    if not take(reader, ")") then refuse "a ( without its )" end
  elseif token.kind == "-" and peek(reader) and type(peek(reader).value) == "number" then
    value = -peek(reader).value
    reader.at = reader.at + 1
  elseif token.kind == "value" then
    value = token.value
  elseif token.kind == "name" then
    value = read_name(reader, token.value)
  else
    refuse("an unexpected " .. token.kind)
  end
  reader.depth = reader.depth - 1
  return value
end

local function read_comparison(reader)
  local left = read_one(reader)
  while peek(reader) and compare[peek(reader).kind] do
    local operator = peek(reader).kind
    reader.at = reader.at + 1
    local right = read_one(reader)
    left = (left == UNKNOWN or right == UNKNOWN) and UNKNOWN or compare[operator](left, right)
  end
  return left
end

local function read_and(reader)
  local left = read_comparison(reader)
  while take(reader, "&&") do
    local right, first = read_comparison(reader), truth(left)
    local second = truth(right)
    if first == false then right = left
    elseif second == false then right = false
    elseif first == UNKNOWN then right = UNKNOWN end
    left = right
  end
  return left
end

function read_or(reader)
  local left = read_and(reader)
  while take(reader, "||") do
    local right, first = read_and(reader), truth(left)
    if first == true then right = left
    elseif first == UNKNOWN then right = truth(right) == true or UNKNOWN end
    left = right
  end
  return left
end

--- The expression of a condition: the text itself, or what stands between one `${{` and `}}` around all of it. Text
--- around `${{ }}` makes the whole a string that is never empty, so the condition always holds; that is answered as
--- `nil, true`.
---@param text string
---@return string|nil expression
---@return boolean|nil always
function expression.of_condition(text)
  local trimmed = text:match "^%s*(.-)%s*$"
  if not trimmed:find("${{", 1, true) then return trimmed end
  local inner = trimmed:match "^%${{(.*)}}$"
  if inner and not inner:find("${{", 1, true) and not inner:find("}}", 1, true) then return inner end
  return nil, true
end

--- Evaluates a condition.
---@param text string|nil the value of `if:`; nil holds always
---@param context table<string, any> known values by lower-case path ("github.ref_name"); all else is unknown
---@return boolean|nil holds nil when it depends on what is unknown, or cannot be understood
---@return string|nil message why it cannot be understood
function expression.holds(text, context)
  if not text or not text:find "%S" then return true end
  local body, always = expression.of_condition(text)
  if always then return true end
  if #body > LONGEST then return nil, "longer than 21,000 characters" end
  local tokens, message = tokens_of(body)
  if not tokens then return nil, message end
  if #tokens == 0 then return false end
  local reader = { tokens = tokens, at = 1, depth = 0, context = context }
  local ok, value = pcall(read_or, reader)
  if not ok then
    if type(value) ~= "table" or not value.refused then error(value, 0) end
    return nil, value.refused
  end
  if reader.at <= #tokens then return nil, "something is left over after its end" end
  local held = truth(value)
  if held == UNKNOWN then return nil end
  return held
end

return expression

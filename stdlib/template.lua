--- Templates: text with named fields, written one way (`render`) and read back the other (`match`).
--
--     local tag = template.compile("{package}-v{version}", { "package", "version" })
--     tag:render { package = "core", version = "1.2.0" }        --> core-v1.2.0
--     tag:match("a-b-v1.0.0", readers)                          --> { package = "a-b", version = ... }
--
-- `{name}` is a field, `{{` and `}}` are braces. A template is k+1 literals around k fields.

local value = require "versions.value"

local template = {}

local find, sub = string.find, string.sub

local Template = {}
Template.__index = Template

-- Longer text is not matched: names of refs are shorter, and the bound keeps hostile ones cheap.
local MATCH_LIMIT = 256
local READINGS = 2000
local TAG_LIMIT = 200

local function list_of(fields)
  local known = table.concat(fields, ", ")
  return known == "" and "no field is known here" or "known: " .. known
end

--- Compiles a template.
---@param text string
---@param fields string[] the names that may stand in it
---@return table|nil template
---@return string|nil message which field is unknown or which brace stands alone, with its column
function template.compile(text, fields)
  local known = {}
  for _, name in ipairs(fields) do known[name] = true end
  local self = { text = text, literals = {}, names = {}, count = {} }
  local literal, at = {}, 1
  while at <= #text do
    local plain, brace = text:match("^([^{}]*)([{}]?)", at)
    literal[#literal + 1] = plain
    at = at + #plain
    if brace ~= "" and text:sub(at + 1, at + 1) == brace then
      literal[#literal + 1], at = brace, at + 2
    elseif brace == "{" then
      local name, after = text:match("^{([%a_][%w_]*)}()", at)
      if not name then return nil, ("column %d: a { opens no field; write {name}, or {{ for a brace"):format(at) end
      if not known[name] then
        return nil, ("column %d: unknown field {%s}; %s"):format(at, value.visible(name), list_of(fields))
      end
      self.literals[#self.names + 1] = table.concat(literal)
      self.names[#self.names + 1] = name
      self.count[name] = (self.count[name] or 0) + 1
      if self.count[name] > 1 then self.repeats = true end
      literal, at = {}, after
    elseif brace == "}" then
      return nil, ("column %d: a } closes no field; write }} for a brace"):format(at)
    end
  end
  self.literals[#self.names + 1] = table.concat(literal)
  return setmetatable(self, Template)
end

--- Tells whether a field stands in the template.
---@param name string
---@return boolean
function Template:has(name) return self.count[name] ~= nil end

--- The byte with which every text of this template begins; nil when it begins with a field.
---@return integer|nil
function Template:first_byte() return self.literals[1]:byte() end

--- Tells whether a text begins as the template does: what does not, does not match.
---@param text string
---@return boolean
function Template:opens(text)
  local opening = self.literals[1]
  return sub(text, 1, #opening) == opening
end

--- Tells whether the template's own text ends in one of these characters directly before a field.
---@param name string the field
---@param class string a character class of Lua's patterns
---@return boolean
function Template:brings(name, class)
  for at, known in ipairs(self.names) do
    if known == name and find(self.literals[at], class .. "$") then return true end
  end
  return false
end

--- A Lua pattern that captures the only field's part of a text; nil where the template has not just that one field.
---@param name string the field
---@param part string the pattern of its part
---@return string|nil
function Template:pattern(name, part)
  if #self.names ~= 1 or self.names[1] ~= name then return nil end
  local function literal(bytes) return (bytes:gsub("%p", "%%%0")) end
  return "^" .. literal(self.literals[1]) .. "(" .. part .. ")" .. literal(self.literals[2]) .. "$"
end

--- Writes the template out. Raises when a field has no value, or one that is neither text nor an integer.
---@param values table<string, string|integer>
---@return string
function Template:render(values)
  local parts = { self.literals[1] }
  for at, name in ipairs(self.names) do
    local given = values[name]
    if type(given) ~= "string" and math.type(given) ~= "integer" then
      error(("the template %s needs text for {%s}, not %s"):format(value.quote(self.text), name, tostring(given)), 2)
    end
    parts[#parts + 1] = tostring(given)
    parts[#parts + 1] = self.literals[at + 1]
  end
  return table.concat(parts)
end

--- Where field `index` may end when it begins at `at` and the fields end at `stop`, in ascending order.
local function ends_of(self, text, index, at, stop)
  if index == #self.names then return { stop } end
  local literal, ends = self.literals[index + 1], {}
  local from = at + 1
  while from <= stop do
    -- Without a literal between two fields the border may be anywhere.
    local found = literal == "" and from or text:find(literal, from, true)
    if not found then break end
    ends[#ends + 1] = found - 1
    from = found + 1
  end
  return ends
end

--- Two fields with one place between them where they can part: nearly every tag there is. With more places, or none,
-- the search below decides (`settled` is false).
---@return table|nil values
---@return boolean settled
local function match_pair(names, first, between, stop, text, readers)
  local at, last = text:find(between, first, true)
  if not at or last > stop then return nil, true end
  if text:find(between, at + 1, true) then return nil, false end
  local one, two = names[1], names[2]
  if at == first or last == stop then return nil, true end
  local left = readers[one](text:sub(first, at - 1))
  if left == nil then return nil, true end
  local right = readers[two](text:sub(last + 1, stop))
  if right == nil then return nil, true end
  return { [one] = left, [two] = right }, true
end

--- Reads text back. The whole text must fit, no field is empty, and a field that occurs twice has the same text twice.
-- Of several ways the one with the longest `package` wins, and among those the one whose earlier fields are longer.
-- Text beyond 256 bytes, or with so many separators that 2,000 readings do not settle it, does not fit.
---@param text string
---@param readers table<string, fun(part: string): any> one per field; nil means that the part does not fit
---@return table<string, any>|nil values what the readers returned
function Template:match(text, readers)
  local names, literals = self.names, self.literals
  local opening, closing = literals[1], literals[#names + 1]
  local stop = #text - #closing
  if #names == 0 then return text == opening and {} or nil end
  if #text > MATCH_LIMIT or sub(text, 1, #opening) ~= opening then return nil end
  if closing ~= "" and sub(text, stop + 1) ~= closing then return nil end
  if #names == 1 then
    local name, part, read = names[1], sub(text, #opening + 1, stop), nil
    if part ~= "" then read = readers[name](part) end
    if read == nil then return nil end
    return { [name] = read }
  end
  if #names == 2 and names[1] ~= names[2] and literals[2] ~= "" then
    local values, settled = match_pair(names, #opening + 1, literals[2], stop, text, readers)
    if settled then return values end
  end

  local package_index = 0
  for index, name in ipairs(names) do
    if name == "package" and package_index == 0 then package_index = index end
  end

  local parts, read, readings = {}, {}, 0
  local best, best_length = nil, -1

  local function read_field(name, part)
    readings = readings + 1
    return part ~= "" and readings <= READINGS and readers[name](part) or nil
  end

  local function keep()
    local length = #(parts.package or "")
    if length <= best_length then return end
    best, best_length = {}, length
    for _, name in ipairs(names) do best[name] = read[name] end
  end

  --- Reads the fields from `index` on; true when there was a way.
  local function walk(index, at)
    local name = names[index]
    if not name then
      keep()
      return true
    end
    local bound, ways = parts[name], false
    local ends = ends_of(self, text, index, at, stop)
    for longest = #ends, 1, -1 do
      local last = ends[longest]
      local part = text:sub(at, last)
      if not bound then read[name] = read_field(name, part) end
      if read[name] ~= nil and (bound or part) == part then
        parts[name] = part
        ways = walk(index + 1, last + 1 + #literals[index + 1]) or ways
        parts[name] = bound
      end
      -- From the package on, shorter parts cannot win.
      if ways and index >= package_index then break end
    end
    if not bound then read[name] = nil end
    return ways
  end

  walk(1, #opening + 1)
  return best
end

-- One rule a line: a pattern that must not be found, and what to say.
local TAG_RULES = {
  { "^[^A-Za-z0-9]", "it does not begin with a letter or digit" },
  { "[^A-Za-z0-9._+/@!-]", "only letters, digits and . _ + / @ - may stand in one, and the ! of an epoch" },
  { "%D!", "a ! stands only between the digits of an epoch" },
  { "!%D", "a ! stands only between the digits of an epoch" },
  { "!$", "a ! stands only between the digits of an epoch" },
  { "%.%.", "it holds two dots in a row" },
  { "//", "it holds an empty part" },
  { "/%.", "a part of it begins with a dot" },
  { "%.lock/", "a part of it ends in .lock" },
  { "%.lock$", "it ends in .lock" },
  { "[/.]$", "it ends in a slash or dot" },
}

--- Tells whether a name may be a tag's. Stricter than git: nothing that another encoding, shell, locale or reader could
--- take for something else. `!` is the one that a shell at a terminal reads, so it stands only where PEP 440 has it
--- (1!2.0), and names in commands that are printed go through text.word.
---@param name string
---@return true|nil
---@return string|nil message
function template.tag_ok(name)
  if name == "" then return nil, "the tag name is empty" end
  if #name > TAG_LIMIT then
    return nil, ("%s is no tag name: longer than %d bytes"):format(value.quote(name), TAG_LIMIT)
  end
  for _, rule in ipairs(TAG_RULES) do
    if name:find(rule[1]) then return nil, ("%s is no tag name: %s"):format(value.quote(name), rule[2]) end
  end
  if name == "HEAD" then return nil, '"HEAD" is no tag name: git reads it as the commit that is checked out' end
  return true
end

return template

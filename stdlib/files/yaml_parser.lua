--- A parser of the YAML that version files are written in; it keeps the place of every scalar (nodes:
-- files.tree).
--
-- Understood: the first document; block mappings and sequences, also compact ones (`- a: 1`); plain, single
-- and double quoted scalars on one line; flow mappings and sequences. Let pass, but not edited (`doubt`):
-- block scalars, scalars on several lines, aliases, and everything under an anchor or a tag. Refused: the
-- rest (tabs as indentation, `? ` keys, several pairs on a line, ...). Nothing is guessed.

local source = require "files.source"
local tree = require "files.tree"
local yaml_scalar = require "files.yaml_scalar"

local parser = {}

local read_block, read_key, read_value

--- The lines that mean something: { first, last, indent } with `first` the first byte after the indentation.
local function lines_of(text, start)
  local lines, at = {}, start
  while at <= #text do
    local newline = text:find("\n", at, true)
    local last = (newline or #text + 1) - 1
    if newline and text:sub(last, last) == "\r" then last = last - 1 end
    local first = text:find("[^ ]", at) or #text + 1
    if first > last then first = last + 1 end
    lines[#lines + 1] = { first = first, last = last, indent = first - at }
    at = (newline or #text) + 1
  end
  return lines
end

local function line_text(state, line) return state.text:sub(line.first, line.last) end

--- The line at which the reader stands, after blank ones and comments; nil at the end of the document.
local function peek(state)
  while true do
    local line = state.lines[state.at]
    if not line then return nil end
    local char = state.text:sub(line.first, line.first)
    local rest = line.first > line.last or char == "#"
    if char == "\t" and not rest then
      rest = not line_text(state, line):find("[^\t ]") or line_text(state, line):find("^[\t ]+#")
      if not rest then source.refuse(state.text, line.first, "a tab in the indentation") end
    end
    if not rest then
      local body = line.indent == 0 and not line.cut and line_text(state, line)
      if body and (body:find("^%-%-%-%f[%s\0]") or body:find("^%.%.%.%f[%s\0]")) then return nil end
      return line
    end
    state.at = state.at + 1
  end
end

--- Moves to the line after the one that holds `after - 1`, which only blanks and a comment may follow.
local function finish(state, after)
  local line = state.lines[state.at]
  while after > line.last + 1 do
    state.at = state.at + 1
    line = state.lines[state.at]
  end
  local rest = state.text:sub(after, line.last)
  if rest:find("[^ \t]") and not rest:find("^[ \t]+#") then
    source.refuse(state.text, after, "unexpected text after a value")
  end
  state.at = state.at + 1
end

--- Skips the lines that are indented deeper than `indent`; answers whether there were any that are not blank.
local function skip_deeper(state, indent, comments_too)
  local any = false
  while state.lines[state.at] do
    local line = state.lines[state.at]
    local empty = line.first > line.last
    if not empty and line.indent <= indent then
      if comments_too or state.text:sub(line.first, line.first) ~= "#" then return any end
    end
    local comment = state.text:sub(line.first, line.first) == "#"
    if not (empty or comment or comments_too) and read_key(state, line) then
      source.refuse(state.text, line.first, "indented deeper than its neighbours")
    end
    any = any or not (empty or (comment and not comments_too))
    state.at = state.at + 1
  end
  return any
end

--- The bytes of the lines from number `from` to the one before the reader's; last < first when there are none.
local function extent(state, from)
  local opening, closing = state.lines[from], state.lines[state.at - 1]
  if not opening or state.at == from then return 1, 0 end
  return opening.first - opening.indent, closing.last
end

--- The key at the start of a line: its name, and the offset after the colon; nil when the line is no `key:
--- value`.
function read_key(state, line)
  local text, first = state.text, line.first
  local char = text:sub(first, first)
  if char == '"' or char == "'" then
    local node, after = yaml_scalar.quoted(text, first)
    if after > line.last + 1 or node.doubt then return nil end
    local colon = text:find("[^ \t]", after)
    if not colon or text:sub(colon, colon) ~= ":" then return nil end
    if colon < line.last and not text:find("^[ \t]", colon + 1) then return nil end
    return node.value, colon + 1
  end
  if char:find("[%[%]{},#|>%%@`]") then return nil end
  local body = line_text(state, line)
  local colon = body:find(":%f[ \t\0]")
  local comment = body:find("[ \t]#")
  if not colon or (comment and comment < colon) then return nil end
  return (body:sub(1, colon - 1):gsub("[ \t]+$", "")), first + colon
end

local function is_item(state, line) return line_text(state, line):find("^%-%f[ \t\0]") ~= nil end

local function read_mapping(state, indent, depth)
  local first_line = peek(state)
  local node = tree.table(first_line.first)
  while true do
    local line = peek(state)
    if not line or line.indent < indent then return node end
    if line.indent > indent then
      source.refuse(state.text, line.first, "indented deeper than its neighbours")
    end
    if is_item(state, line) then return node end
    local key, after = read_key(state, line)
    local char = state.text:sub(line.first, line.first)
    local complex = char == "?" and line_text(state, line):find("^%?%f[ \t\0]")
    if not key or complex or char == "&" or char == "*" or char == "!" then
      source.refuse(state.text, line.first, "not understood: `key: value` is needed")
    end
    local key_at = line.first
    local value = read_value(state, after, indent, depth + 1, true)
    if not tree.add(node, key, value) then
      source.refuse(state.text, key_at, "the key " .. source.shown(key) .. " occurs twice")
    end
    -- The place of a value that stands on later lines is that of its key.
    if value.kind ~= "string" then value.at = key_at end
  end
end

local function read_sequence(state, indent, depth)
  local node = tree.array(peek(state).first)
  while true do
    local line = peek(state)
    if not line or line.indent < indent then return node end
    if line.indent > indent then
      source.refuse(state.text, line.first, "indented deeper than its neighbours")
    end
    if not is_item(state, line) then return node end
    local content = state.text:find("[^ \t]", line.first + 1)
    if content and content <= line.last and state.text:sub(content, content) ~= "#" then
      if state.text:sub(line.first + 1, content - 1):find("\t", 1, true) then
        source.refuse(state.text, line.first, "a tab in the indentation")
      end
      local column = line.indent + content - line.first
      local rest = { first = content, last = line.last, indent = column, cut = true }
      if is_item(state, rest) or read_key(state, rest) then
        -- `- key: value`: what follows the dash is a block of its own, indented by where it starts.
        state.lines[state.at] = rest
        node.items[#node.items + 1] = read_block(state, rest.indent, depth + 1)
      else
        node.items[#node.items + 1] = read_value(state, content, indent, depth + 1, false)
      end
    else
      node.items[#node.items + 1] = read_value(state, line.first + 1, indent, depth + 1, false)
    end
  end
end

--- Reads the block that starts at the current line, which must be indented by at least `least`.
function read_block(state, least, depth)
  local line = peek(state)
  if depth > source.MAX_DEPTH then source.refuse(state.text, line.first, "nested too deeply") end
  local node
  if is_item(state, line) then
    node = read_sequence(state, line.indent, depth)
  elseif read_key(state, line) then
    node = read_mapping(state, line.indent, depth)
  else
    return read_value(state, line.first, least - 1, depth, false)
  end
  local after = peek(state)
  if after and after.indent >= least then
    source.refuse(state.text, after.first, "indented unlike its neighbours")
  end
  return node
end

--- Reads the value that starts at `at` or, when nothing stands there, on the following lines.
function read_value(state, at, indent, depth, in_mapping)
  local text, line = state.text, state.lines[state.at]
  if depth > source.MAX_DEPTH then source.refuse(text, at, "nested too deeply") end
  local here = text:find("[^ \t]", at) or #text + 1
  local char = here <= line.last and text:sub(here, here) or ""
  if char == "" or (char == "#" and here > at) then
    state.at = state.at + 1
    local next_line = peek(state)
    local same = next_line and in_mapping and next_line.indent == indent and is_item(state, next_line)
    if next_line and same then return read_sequence(state, indent, depth) end
    if next_line and next_line.indent > indent then return read_block(state, indent + 1, depth) end
    return { kind = "null", at = at, value = "" }
  elseif char == "&" or char == "!" then
    local word = text:match("^[^ \t\r\n]+", here)
    local node = read_value(state, here + #word, indent, depth + 1, in_mapping)
    node.doubt = char == "&" and "an anchor" or "a tag"
    return node
  elseif char == "*" then
    state.at = state.at + 1
    return { kind = "opaque", at = here, doubt = "an alias" }
  elseif char == "|" or char == ">" then
    local header = text:sub(here + 1, line.last)
    if not header:find("^[%d+-]*[ \t]*$") and not header:find("^[%d+-]*[ \t]+#") then
      source.refuse(text, here, "not understood: the header of a block scalar")
    end
    state.at = state.at + 1
    local from = state.at
    skip_deeper(state, indent, true)
    local first, last = extent(state, from)
    return { kind = "opaque", at = here, first = first, last = last, style = char, doubt = "a block scalar" }
  end
  local node, after
  if char == '"' or char == "'" then
    node, after = yaml_scalar.quoted(text, here)
  elseif char == "{" or char == "[" then
    node, after = yaml_scalar.flow(text, here, depth)
  else
    node, after = yaml_scalar.plain(text, here, line.last)
    if node.value:find(":%f[ \t\0]") then
      source.refuse(text, here, "not understood: a second `key: value` on a line")
    end
  end
  finish(state, after)
  local from = state.at
  if node.style == "plain" and skip_deeper(state, indent) then
    node.doubt = "a value on several lines"
    -- `first..last` stays the first line of it.
    node.kind, node.through = "string", select(2, extent(state, from))
  end
  return node
end

--- Parses the first document of a YAML text.
---@param text string
---@return table|nil root
---@return string|nil message
function parser.parse(text)
  return source.attempt(function ()
    local start = source.open(text)
    local control = text:find("[\1-\8\11\12\14-\31]")
    if control then source.refuse(text, control, "a control character") end
    local lone = text:find("\r%f[^\r\n]") or text:find("\r\r")
    if lone then source.refuse(text, lone, "a carriage return without a newline") end
    local state = { text = text, lines = lines_of(text, start), at = 1 }
    -- Directives, then `---`, may come before the document.
    local skip = 1
    local function preamble(line)
      local directive = line.indent == 0 and text:find("^%%", line.first)
      return directive or line.first > line.last or text:find("^#", line.first)
    end
    while state.lines[skip] and preamble(state.lines[skip]) do skip = skip + 1 end
    local opening = state.lines[skip]
    if opening and opening.indent == 0 and line_text(state, opening):find("^%-%-%-%f[%s\0]") then
      local rest = line_text(state, opening):sub(4)
      if rest:find("[^ \t]") and not rest:find("^[ \t]+#") then
        source.refuse(text, opening.first, "not understood: text after `---`")
      end
      state.at = skip + 1
    end
    if not peek(state) then return { kind = "null", at = 1, value = "" } end
    local root = read_block(state, 0, 1)
    local rest = peek(state)
    if rest then source.refuse(text, rest.first, "not understood: text after the document") end
    return root
  end)
end

return parser

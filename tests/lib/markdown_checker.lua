--- A small reader of Markdown that knows what is active in it: emphasis, links, images, HTML, mentions,
--- addresses, references, block structure. It reads what CommonMark and GFM say, apart from the code that it
--- checks.

local checker = {}

local ENTITY = { amp = "&", lt = "<", gt = ">", ["#96"] = "`", ["#36"] = "$" }

--- Reads the inside of a block: returns the text that a reader sees, with code spans kept apart, and what is
--- active.
local function inline(source, active)
  local shown, prose, at = {}, {}, 1
  local function see(s, code)
    shown[#shown + 1] = s
    prose[#prose + 1] = code and ("\1"):rep(#s) or s
  end
  while at <= #source do
    local char = source:sub(at, at)
    local escaped = source:match("^\\(%p)", at)
    local run = source:match("^`+", at)
    local entity = source:match("^&(#?%w+);", at)
    if escaped then
      see(escaped)
      at = at + 2
    elseif run then
      local from, past = at + #run, nil
      for close_at, close in source:sub(from):gmatch("()(`+)") do
        if #close == #run then past = from + close_at - 1 break end
      end
      if past then
        local code = source:sub(from, past - 1)
        see(code, true)
        at = past + #run
      else
        active[#active + 1] = "stray backtick"
        at = from
      end
    elseif entity then
      if not ENTITY[entity] then active[#active + 1] = "entity &" .. entity .. ";" end
      see(ENTITY[entity] or "?")
      at = at + #entity + 2
    else
      if char == "*" or char == "~" or char == "[" or char == "]" or char == "|" or char == "$" then
        active[#active + 1] = char
      elseif char == "_" and not (source:sub(at - 1, at - 1):find("[%w_]") and source:find("^_*%w", at)) then
        active[#active + 1] = char
      elseif char == "<" and source:find("^<[%a/!?]", at) then
        active[#active + 1] = "html"
      end
      see(char)
      at = at + 1
    end
  end
  local page = table.concat(prose)
  for _, pattern in ipairs { "@[%w_]", "%w@[^%s\1]*%w", "[#!]%d", "//", "[wW][wW][wW]%.", "[gG][hH]%-%d" } do
    if page:find(pattern) then active[#active + 1] = "word " .. pattern end
  end
  return table.concat(shown)
end

--- What is active in one escaped line, standing at the start of a block, and what a reader sees.
function checker.read(line)
  local active = {}
  if line:find("[^ -~\128-\255]") or not utf8.len(line) then active[#active + 1] = "control" end
  for _, pattern in ipairs { "^[-+*]%s", "^[-+*]$", "^%d+[.)]%s", "^%d+[.)]$", "^#+%s", "^#+$", "^>", "^=+%s*$",
    "^%-+%s*$", "^```[^`]*$", "^~~~", "^%s", "^:" } do
    if line:find(pattern) then active[#active + 1] = "block " .. pattern end
  end
  return active, inline(line, active)
end

return checker

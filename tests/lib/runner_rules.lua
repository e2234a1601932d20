--- What GitHub's runner makes of what a step writes: the rules of actions/runner, told once more for the tests. It reads
-- as a runner reads, and knows nothing of how relrun writes.

local runner_rules = {}

--- Reads a file command ($GITHUB_OUTPUT): FileCommandManager's EnvFileKeyValuePairs. The last write of a name wins.
---@param bytes string
---@return table<string, string>|nil values
---@return string|nil message
function runner_rules.outputs(bytes)
  local values, lines = {}, {}
  for line in bytes:gmatch "([^\n]*)\n" do lines[#lines + 1] = (line:gsub("\r$", "")) end
  local at = 1
  while at <= #lines do
    local line = lines[at]
    local equals, heredoc = line:find("=", 1, true), line:find("<<", 1, true)
    if line == "" then
      at = at + 1
    elseif equals and (not heredoc or equals < heredoc) then
      values[line:sub(1, equals - 1)] = line:sub(equals + 1)
      at = at + 1
    elseif heredoc then
      local name, delimiter, value = line:sub(1, heredoc - 1), line:sub(heredoc + 2), {}
      at = at + 1
      while lines[at] ~= delimiter do
        if not lines[at] then return nil, "no line " .. delimiter end
        value[#value + 1] = lines[at]
        at = at + 1
      end
      at = at + 1
      values[name] = table.concat(value, "\n")
    else
      return nil, "invalid format: " .. line
    end
  end
  return values
end

--- The commands in a log: ActionCommand.TryParseV2 (`::name props::data` at the beginning of a trimmed line) and TryParse
-- (`##[name props]data` anywhere in one). .NET's ReadLine ends a line at CR, LF or both, and its Trim takes all white space
-- of Unicode.
---@param log string
---@return { name: string, properties: string, data: string }[]
function runner_rules.commands(log)
  local found = {}
  for line in (log:gsub("\r\n?", "\n") .. "\n"):gmatch "([^\n]*)\n" do
    local trimmed = line
    repeat
      local before = trimmed
      trimmed = trimmed:gsub("^%s+", "")
      for _, space in ipairs { "\u{85}", "\u{a0}", "\u{1680}", "\u{2028}", "\u{2029}", "\u{202f}", "\u{205f}", "\u{3000}" } do
        if trimmed:sub(1, #space) == space then trimmed = trimmed:sub(#space + 1) end
      end
      trimmed = trimmed:gsub("^\u{2000}", ""):gsub("^\xe2\x80[\x80-\x8a]", "")
    until trimmed == before
    local name, properties, data = trimmed:match "^::([%w-]+) ?(.-)::(.*)$"
    if not name then name, properties, data = line:match "##%[([%w-]+) ?([^%]]*)%](.*)$" end
    if name then found[#found + 1] = { name = name, properties = properties, data = data } end
  end
  return found
end

return runner_rules

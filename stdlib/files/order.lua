--- The order of versions as requirements bound them: enough to say on which side of a bound a version lies.
--
-- It reads PEP 440, SemVer and their shortened forms ("0.2") alike: epoch, numbers, then pre-release, final
-- or post. Build and local parts do not take part.

local order = {}

local PHASES = {
  dev = -4, a = -3, alpha = -3, b = -2, beta = -2, c = -1, rc = -1, pre = -1, preview = -1, post = 1,
}

--- Takes a version apart.
---@param text string
---@return { epoch: integer, numbers: string[], phase: integer, rest: string[] }|nil
function order.parse(text)
  local epoch, body = text:match("^[vV]?(%d+)!(.+)$")
  body = (body or text:gsub("^[vV]", "", 1)):gsub("%+.*$", "", 1)
  local core, tail = body:match("^(%d[%d%.]*)(.*)$")
  if not core or core:find("..", 1, true) then return nil end
  if core:sub(-1) == "." then core, tail = core:sub(1, -2), "." .. tail end
  local version = { epoch = epoch or "0", numbers = {}, phase = 0, rest = {}, text = text }
  for number in core:gmatch("%d+") do version.numbers[#version.numbers + 1] = number end
  if tail == "" then return version end
  local word = tail:lower():match("^[%.%-_]?(%a+)")
  if tail:sub(1, 1) ~= "-" and not PHASES[word] then return nil end
  -- SemVer orders words of a pre-release by their bytes; any of them is below the final.
  version.phase = PHASES[word] or -1
  version.prerelease = version.phase < 0
  for part in tail:gmatch("%d+") do version.rest[#version.rest + 1] = part end
  version.word = word
  return version
end

--- Compares numbers of any length.
local function number(a, b)
  a, b = a:gsub("^0+", ""), b:gsub("^0+", "")
  if #a ~= #b then return #a < #b and -1 or 1 end
  return a == b and 0 or a < b and -1 or 1
end

local function numbers(a, b, count)
  for index = 1, count or math.max(#a, #b) do
    local way = number(a[index] or "0", b[index] or "0")
    if way ~= 0 then return way end
  end
  return 0
end

--- Compares the numbers only, the first `count` of them when given.
---@param a table
---@param b table
---@param count integer|nil
---@return -1|0|1
function order.release(a, b, count)
  local way = number(a.epoch, b.epoch)
  return way ~= 0 and way or numbers(a.numbers, b.numbers, count)
end

--- Compares two versions.
---@param a table from order.parse
---@param b table
---@return -1|0|1
function order.compare(a, b)
  local way = order.release(a, b)
  if way ~= 0 then return way end
  if a.phase ~= b.phase then return a.phase < b.phase and -1 or 1 end
  local word_a, word_b = a.word or "", b.word or ""
  if word_a ~= word_b and a.phase == -1 then return word_a < word_b and -1 or 1 end
  return numbers(a.rest, b.rest)
end

return order

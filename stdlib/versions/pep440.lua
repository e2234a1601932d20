--- PEP 440, whole: `1!2.0rc1.post2.dev3+local.4` (https://packaging.python.org/specifications/version-specifiers/).
--
-- A version has `epoch` (digits), `release` (a list of digits), `pre` ({ label, digits } or nil), `post` and `dev`
-- (digits or nil) and `local_parts` (a list, or nil). All the spellings that the PEP allows are read and written back
-- normalised, so `version.text` can differ from the text that was parsed: `v1.0-RC.1` is `1.0rc1`.

local decimal = require "versions.decimal"
local value = require "versions.value"

local pep440 = {}

-- Spellings, the longer ones first where one begins another.
local PRE = { { "alpha", "a" }, { "beta", "b" }, { "preview", "rc" }, { "pre", "rc" },
              { "rc", "rc" }, { "a", "a" }, { "b", "b" }, { "c", "rc" } }
local POST = { { "post", "post" }, { "rev", "post" }, { "r", "post" } }
local DEV = { { "dev", "dev" } }

local RANK = { a = 1, b = 2, rc = 3 }
local POSITION = { major = 1, minor = 2, patch = 3 }

local LABEL_OF = {}
for _, spelling in ipairs(PRE) do LABEL_OF[spelling[1]] = spelling[2] end

--- Reads a segment at `at`: separator, one of the words, separator, number (0 when absent).
---@return integer after the position behind the segment; `at` itself when there is none
---@return string|nil word normalised
---@return string|nil number digits
local function segment(text, at, words)
  local start = text:find("[^-_.]", at)
  if not start or start > at + 1 then return at end
  for _, spelling in ipairs(words) do
    local word = spelling[1]
    if text:sub(start, start + #word - 1) == word then
      local digits, after = text:match("^[-_.]?(%d*)()", start + #word)
      return after, spelling[2], digits == "" and "0" or decimal.of(digits)
    end
  end
  return at
end

--- Reads N(.N)* at `at`; a dot belongs to it only before a digit, else it opens `.post1` or `.dev1`.
---@return string[] release empty when there is no number
---@return integer after
local function read_release(text, at)
  local release = {}
  local digits, after = text:match("^(%d+)()", at)
  while digits do
    release[#release + 1], at = decimal.of(digits), after
    digits, after = text:match("^%.(%d+)()", at)
  end
  return release, at
end

local function read_local(text)
  local parts = {}
  for part in (text .. "."):gmatch "([^-_.]*)[-_.]" do
    if part == "" or part:find "[^0-9a-z]" then return nil end
    parts[#parts + 1] = part:find "%D" and part or decimal.of(part)
  end
  return parts
end

local function make(fields)
  local text = table.concat(fields.release, ".")
  if fields.epoch ~= "0" then text = fields.epoch .. "!" .. text end
  if fields.pre then text = text .. fields.pre[1] .. fields.pre[2] end
  if fields.post then text = text .. ".post" .. fields.post end
  if fields.dev then text = text .. ".dev" .. fields.dev end
  if fields.local_parts then text = text .. "+" .. table.concat(fields.local_parts, ".") end
  fields.text, fields.major = text, fields.release[1]
  return value.freeze(fields)
end

local function parse(text)
  local major, minor, patch = value.plain(text)
  if major then
    return value.freeze { text = text, epoch = "0", release = { major, minor, patch }, major = major }
  end

  local plausible, problem = value.plausible(text)
  if not plausible then return nil, problem end
  local lower = text:lower()
  local at = lower:match "^v?()"
  local epoch, after_epoch = lower:match("^(%d+)!()", at)
  local release
  release, at = read_release(lower, after_epoch or at)
  if #release == 0 then
    return nil, ("%s is not a PEP 440 version: it does not begin with a number"):format(value.quote(text))
  end

  local fields = { epoch = decimal.of(epoch or "0"), release = release }
  local word, number
  at, word, number = segment(lower, at, PRE)
  if word then fields.pre = { word, number } end
  local implicit, after = lower:match("^%-(%d+)()", at)
  if implicit then
    fields.post, at = decimal.of(implicit), after
  else
    at, word, number = segment(lower, at, POST)
    if word then fields.post = number end
  end
  at, word, number = segment(lower, at, DEV)
  if word then fields.dev = number end
  if lower:sub(at, at) == "+" then
    fields.local_parts = read_local(lower:sub(at + 1))
    if fields.local_parts then at = #lower + 1 end
  end
  if at <= #lower then
    return nil, ("%s is not a PEP 440 version: %s is not understood; write %s")
      :format(value.quote(text), value.quote(text:sub(at)), "N.N.N, then aN, bN or rcN, .postN, .devN, +LOCAL")
  end
  return make(fields)
end

--- Release numbers compare as if the shorter one went on with zeros: 1.0 is 1.0.0.
local function compare_release(a, b)
  for at = 1, math.max(#a, #b) do
    local order = decimal.compare(a[at] or "0", b[at] or "0")
    if order ~= 0 then return order end
  end
  return 0
end

--- Where a version stands among those of one release: a bare .dev before a1, finals and posts after rc.
local function stage(version)
  if version.pre then return RANK[version.pre[1]] end
  return version.dev and not version.post and 0 or 4
end

--- Numbers that may be absent: `absent` is the order of nothing against something.
local function compare_optional(a, b, absent)
  if a and b then return decimal.compare(a, b) end
  if a == b then return 0 end
  return a and -absent or absent
end

local function compare_local(a, b)
  if not a or not b then return a and 1 or b and -1 or 0 end
  for at = 1, math.max(#a, #b) do
    local left, right = a[at], b[at]
    if not left or not right then return left and 1 or -1 end
    if left ~= right then
      local left_number, right_number = not left:find "%D", not right:find "%D"
      if left_number and right_number then return decimal.compare(left, right) end
      if left_number ~= right_number then return left_number and 1 or -1 end
      return value.compare_bytes(left, right)
    end
  end
  return 0
end

local function compare(a, b)
  local order = decimal.compare(a.epoch, b.epoch)
  if order == 0 then order = compare_release(a.release, b.release) end
  if order == 0 then
    local left, right = stage(a), stage(b)
    order = left < right and -1 or left > right and 1 or 0
  end
  if order == 0 and a.pre then order = decimal.compare(a.pre[2], b.pre[2]) end
  if order == 0 then order = compare_optional(a.post, b.post, -1) end
  if order == 0 then order = compare_optional(a.dev, b.dev, 1) end
  if order == 0 then order = compare_local(a.local_parts, b.local_parts) end
  return order
end

local function base(version)
  if not (version.pre or version.post or version.dev or version.local_parts) then return version end
  return make { epoch = version.epoch, release = version.release }
end

--- Counts one number up; those after it become 0, and there stay as many numbers as there were.
local function bump(version, level)
  local position = POSITION[level]
  if not position then error("no level " .. tostring(level) .. ": major, minor or patch", 2) end
  local release = {}
  for at = 1, math.max(#version.release, position) do
    release[at] = at < position and (version.release[at] or "0") or "0"
  end
  release[position] = decimal.next(version.release[position] or "0")
  return make { epoch = version.epoch, release = release }
end

--- Pre-release suffixes on their own (`rc1`, normalised spelling only), for other schemes that write them so.
pep440.pre = { opening = "" }

--- Reads a suffix.
---@param text string
---@return string[]|nil suffix label and digits
---@return string|nil message
function pep440.pre.parse(text)
  local label, digits = text:match "^(%l+)(%d+)$"
  if label and RANK[label] and decimal.strict(digits) then return { label, digits } end
  return nil, ("the suffix %s is not aN, bN or rcN"):format(value.quote(text))
end

--- Orders two suffixes; none (nil) is the final version and comes last.
---@param a string[]|nil
---@param b string[]|nil
---@return integer order -1, 0 or 1
function pep440.pre.compare(a, b)
  if not a or not b then return a and -1 or b and 1 or 0 end
  if a[1] ~= b[1] then return RANK[a[1]] < RANK[b[1]] and -1 or 1 end
  return decimal.compare(a[2], b[2])
end

--- The label and the counter of a suffix.
---@param suffix string[]
---@return string label
---@return string counter digits
function pep440.pre.label_of(suffix) return suffix[1], suffix[2] end

--- The text of a suffix, its label normalised.
---@param label string
---@param counter string digits
---@return string
function pep440.pre.text(label, counter) return LABEL_OF[label:lower()] .. counter end

--- Tells whether `label` is one of the PEP's: a, b, rc or another spelling of them (alpha, beta, c, pre, preview).
---@param label string
---@return true|nil
---@return string|nil message
function pep440.pre.valid_label(label)
  if LABEL_OF[label:lower()] then return true end
  return nil, ('%s is not a pre-release label of PEP 440: use "a", "b" or "rc"'):format(value.quote(label))
end

local function prerelease(version, label, number)
  local valid, problem = pep440.pre.valid_label(label)
  if not valid then error(problem, 2) end
  local pre = { LABEL_OF[label:lower()], decimal.counter(number) }
  return make { epoch = version.epoch, release = version.release, pre = pre }
end

local function prerelease_of(version)
  if not version.pre or version.dev then return nil end
  return version.pre[1], version.pre[2]
end

--- The scheme; see `versions.scheme` for what each function promises.
---@param options table|nil none is known
---@return table scheme
function pep440.new(options)
  value.check_options(options, {}, "the scheme pep440")
  return {
    name = "pep440",
    parse = parse,
    compare = compare,
    rank = value.rank,
    is_prerelease = function (version) return version.pre ~= nil or version.dev ~= nil end,
    is_release = function (version) return not version.dev and not version.local_parts end,
    base = base,
    bump = bump,
    first = function () return make { epoch = "0", release = { "0", "1", "0" } } end,
    prerelease = prerelease,
    prerelease_of = prerelease_of,
    valid_label = pep440.pre.valid_label,
  }
end

return pep440

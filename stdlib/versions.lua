--- Versions: three schemes behind one set of functions, and the rule of which version comes next.
--
-- A version is an immutable table that only its scheme understands; `version.text` is its canonical text (tostring
-- gives it too). Numbers are strings of digits, so that none overflows. Parsing takes at most 256 bytes of printable
-- ASCII. A scheme is a table of functions:
--
--   parse(text) -> version | nil, message       the message quotes the text, escaped, and says what would be valid
--   compare(a, b) -> -1 | 0 | 1                  0 for what the scheme holds equal, even if the texts differ
--   rank(text) -> integer | nil                  orders finals as compare does, for what is plainly one; may be absent
--   is_prerelease(v) -> boolean                  alpha, beta, rc, ... and PEP 440's dev
--   is_release(v) -> boolean                     false for PEP 440's dev and local versions: nobody releases those,
--                                                 so history leaves them out
--   base(v) -> version                           without pre, dev, post, local and build
--   bump(v, level, context) -> version           a final above base(v); level is "major", "minor" or "patch".
--                                                 calver counts within context.date ("YYYY-MM-DD") and answers
--                                                 nil, message when the date is before v's or nothing can count
--   first(context) -> version                    where a package without releases starts: 0.1.0, or the date's first
--   prerelease(base, label, n) -> version        n is an integer or digits; raises on a label that is not valid
--   prerelease_of(v) -> label, n | nil           label normalised, n as digits; nil without a counter
--   valid_label(label) -> true | nil, message

local lazy = require "lazy"
local decide = require "versions.decide"

local calver, pep440, semver = lazy "versions.calver", lazy "versions.pep440", lazy "versions.semver"

local versions = {}

local SCHEMES = { calver = calver, pep440 = pep440, semver = semver }

--- The names of the schemes, sorted.
versions.names = { "calver", "pep440", "semver" }

--- Makes a scheme. Raises on an unknown name, an unknown option, or a calver format that cannot order versions.
---@param name string "semver", "pep440" or "calver"
---@param options table|nil calver: { format = "YYYY.MM.MICRO", prerelease = "semver"|"pep440" }; others have none
---@return table scheme
function versions.scheme(name, options)
  local scheme = SCHEMES[name]
  if not scheme then
    error(("no version scheme %s: %s"):format(tostring(name), table.concat(versions.names, ", ")), 2)
  end
  return scheme.new(options)
end

--- Says whether text is a calver format, for those who want to refuse it in their own place.
---@param format string
---@return true|nil
---@return string|nil message
function versions.valid_format(format)
  return calver.check { format = format }
end

versions.decide = decide.decide

return versions

--- Decimal numbers of any length, kept as strings of digits without leading zeros.
--
-- Versions in the wild hold dates and build counters that do not fit 64 bits; as text nothing overflows or rounds.

local decimal = {}

local FITS = 18  -- digits that always fit a Lua integer

--- Drops leading zeros.
---@param digits string one or more digits
---@return string
function decimal.of(digits)
  return digits:byte() == 48 and digits:match "^0*(%d.*)$" or digits
end

--- Tells whether `digits` is a number as it is written once: digits, no leading zero.
---@param digits string
---@return boolean
function decimal.strict(digits)
  return digits == "0" or digits:find "^[1-9]%d*$" ~= nil
end

--- Orders two numbers.
---@param a string digits without leading zeros
---@param b string digits without leading zeros
---@return integer order -1, 0 or 1
function decimal.compare(a, b)
  if a == b then return 0 end
  if #a ~= #b then return #a < #b and -1 or 1 end
  return a < b and -1 or 1
end

--- The number after `digits`.
---@param digits string digits without leading zeros
---@return string
function decimal.next(digits)
  if #digits <= FITS then return ("%d"):format(tonumber(digits) + 1) end
  local head, digit, nines = digits:match "^(.-)(%d?)(9*)$"
  local zeros = ("0"):rep(#nines)
  return digit == "" and "1" .. zeros or head .. ("%d"):format(tonumber(digit) + 1) .. zeros
end

--- The counter that a caller gave as an integer or as digits. Raises on anything else.
---@param number integer|string
---@return string digits
function decimal.counter(number)
  local digits = math.type(number) == "integer" and ("%d"):format(number) or number
  if type(digits) ~= "string" or not decimal.strict(digits) then
    error(("a counter is a whole number from 0, not %s"):format(tostring(number)), 3)
  end
  return digits
end

return decimal

--- The difference of two lists of lines, as people read it. Pure.

local diff = {}

-- The length of the longest common subsequence of a[i..] and b[j..], for all i and j.
local function lengths(a, b)
  local table_ = {}
  for i = #a + 1, 1, -1 do
    table_[i] = {}
    for j = #b + 1, 1, -1 do
      if i > #a or j > #b then
        table_[i][j] = 0
      elseif a[i] == b[j] then
        table_[i][j] = table_[i + 1][j + 1] + 1
      else
        table_[i][j] = math.max(table_[i + 1][j], table_[i][j + 1])
      end
    end
  end
  return table_
end

--- What to take away from `expected` (-) and to add (+) to get `actual`.
---@param expected string[]
---@param actual string[]
---@return string|nil text  nil when they are equal
function diff.lines(expected, actual)
  if table.concat(expected, "\n") == table.concat(actual, "\n") and #expected == #actual then return nil end
  local out, i, j = {}, 1, 1
  -- The table grows with the product; beyond that a common head is all that is looked for.
  local known = #expected * #actual <= 1000000 and lengths(expected, actual)
  while i <= #expected or j <= #actual do
    if expected[i] == actual[j] then
      out[#out + 1] = "    " .. expected[i]
      i, j = i + 1, j + 1
    elseif j > #actual or (i <= #expected and (not known or known[i + 1][j] >= known[i][j + 1])) then
      out[#out + 1] = "  - " .. expected[i]
      i = i + 1
    else
      out[#out + 1] = "  + " .. actual[j]
      j = j + 1
    end
  end
  return table.concat(out, "\n")
end

return diff

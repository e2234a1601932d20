--- Canaries: secrets of a test's own, looked for in everything that a program left behind (P17), also as base64 at
--- each of its three offsets, as hex and as an URL writes them.

local canary = {}

local ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

--- Base64, as HTTP's basic authentication has it.
---@param bytes string
---@return string
function canary.base64(bytes)
  local parts = {}
  for at = 1, #bytes, 3 do
    local a, b, c = bytes:byte(at, at + 2)
    local word, kept = a << 16 | (b or 0) << 8 | (c or 0), c and 4 or b and 3 or 2
    for i = 1, 4 do
      local index = (word >> (24 - 6 * i) & 63) + 1
      parts[#parts + 1] = i <= kept and ALPHABET:sub(index, index) or "="
    end
  end
  return table.concat(parts)
end

local function each_byte(format, secret)
  return (secret:gsub(".", function (char) return format:format(char:byte()) end))
end

--- Every way to write a secret that a reader could undo: { [what] = text }.
---@param secret string at least 6 bytes
---@return table<string, string>
function canary.forms(secret)
  local forms = {
    raw = secret, hex = each_byte("%02x", secret), HEX = each_byte("%02X", secret), percent = each_byte("%%%02X", secret),
    url = (secret:gsub("[^%w._~-]", function (char) return ("%%%02X"):format(char:byte()) end)),
  }
  -- In a longer text the first and the last digits depend on the neighbours; those between do not.
  for offset = 0, 2 do
    local digits = canary.base64(("\0"):rep(offset) .. secret)
    local whole = (offset + #secret) // 3 * 4
    forms["base64 at " .. offset] = digits:sub(offset == 0 and 1 or offset + 2, whole)
  end
  return forms
end

--- Where a secret stands: a list of "NAME: FORM", sorted; empty when nothing was let out.
---@param secrets string[]
---@param texts table<string, string>  by name
---@return string[]
function canary.found(secrets, texts)
  local found = {}
  for _, secret in ipairs(secrets) do
    for what, form in pairs(canary.forms(secret)) do
      for name, text in pairs(texts) do
        if text:find(form, 1, true) then found[#found + 1] = ("%s: %s of %s"):format(name, what, secret) end
      end
    end
  end
  table.sort(found)
  return found
end

return canary

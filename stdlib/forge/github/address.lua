--- Addresses below GitHub's API: every part that comes from outside is escaped here, so that a branch, a label or a
-- user's name can never become another path, a query or a header.

local address = {}

local function escape(char) return ("%%%02X"):format(char:byte()) end

--- Percent-encodes everything but RFC 3986's unreserved characters; "/" too, as GitHub wants it in a branch.
---@param s string
---@return string
function address.encode(s) return (s:gsub("[^%w._~-]", escape)) end

--- A path: every `%s` of the template takes one encoded argument, every `%d` an integer. Raises for a part that would
-- be no part of a path ("", "." and "..").
---@param template string "pulls/%d/reviews"
---@param ... string|integer
---@return string
function address.path(template, ...)
  local parts = table.pack(...)
  for i = 1, parts.n do
    local part = parts[i]
    if type(part) == "string" then
      if part == "" or part == "." or part == ".." then error(("'%s' is no part of a path"):format(part), 2) end
      parts[i] = address.encode(part)
    end
  end
  return template:format(table.unpack(parts, 1, parts.n))
end

--- A query, sorted by name, so that the same question is the same address: "?a=1&b=2", or "" without any value.
---@param values table<string, string|integer|nil>|nil
---@return string
function address.query(values)
  local names, list = {}, {}
  for name in pairs(values or {}) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do
    list[i] = address.encode(name) .. "=" .. address.encode(tostring(values[name]))
  end
  return #names == 0 and "" or "?" .. table.concat(list, "&")
end

--- Where the next page is, told from a Link header (RFC 8288): the target of rel="next".
---@param link string|nil
---@return string|nil
function address.next(link)
  for target, parameters in (link or ""):gmatch "<([^<>]*)>([^<]*)" do
    for relation in parameters:gmatch ";%s*[Rr][Ee][Ll]%s*=%s*\"?([^\";,]*)" do
      for word in relation:gmatch "%S+" do
        if word:lower() == "next" then return target end
      end
    end
  end
end

return address

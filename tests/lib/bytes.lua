--- Files of the tests, read in relrun's host (where Lua has no io) and in a plain Lua alike.

local bytes = {}

local has_host, file = pcall(require, "host.file")

--- The bytes of a file; raises when it cannot be read.
---@param path string
---@return string
function bytes.read(path)
  if has_host then return (assert(file.read(path))) end
  local handle <close> = assert(io.open(path, "rb"))
  return handle:read "a"
end

--- Replaces a file (for fixtures that are made anew); raises when it cannot be written.
function bytes.write(path, content)
  if has_host then return assert(file.write(path, content)) end
  local handle <close> = assert(io.open(path, "wb"))
  handle:write(content)
end

return bytes

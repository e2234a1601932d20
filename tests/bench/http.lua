--- One side of the HTTP benchmark: http.lua up|down URL FILE, or http.lua together URL FILE COUNT, which sends a file so many
-- times, five at a time. Prints the SHA-256 that was computed on the way.
local file = require "host.file"
local http = require "host.http"

local direction, url, path, count = table.unpack(arg)
if direction == "together" then
  local requests = {}
  for i = 1, math.tointeger(count) do requests[i] = { method = "PUT", url = url, upload = { path = path } } end
  local digest
  for _, result in ipairs(http.parallel(requests, { at_most = 5 })) do
    assert(result.answer and result.answer.status // 100 == 2, result.message)
    assert(digest == nil or digest == result.answer.upload_sha256)
    digest = result.answer.upload_sha256
  end
  print(digest)
  return
end
local answer
if direction == "up" then
  answer = assert(http.request { method = "PUT", url = url, upload = { path = path } })
else
  file.remove(path)
  answer = assert(http.request { url = url, sink = path })
end
assert(answer.status // 100 == 2, answer.status)
print(answer.upload_sha256 or answer.sha256)

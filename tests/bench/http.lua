--- One side of the HTTP benchmark: http.lua up|down URL FILE. Prints the SHA-256 that was computed on the way.
local file = require "host.file"
local http = require "host.http"

local direction, url, path = table.unpack(arg)
local answer
if direction == "up" then
  answer = assert(http.request { method = "PUT", url = url, upload = { path = path } })
else
  file.remove(path)
  answer = assert(http.request { url = url, sink = path })
end
assert(answer.status // 100 == 2, answer.status)
print(answer.upload_sha256 or answer.sha256)

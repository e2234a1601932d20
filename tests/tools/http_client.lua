--- A client whose environment a test states: http_client.lua FILE. The file is JSON:
--   credentials  { [name] = options of http.credential }
--   requests     options of http.request, with a credential's name, or several, as `credential`
--   parallel     true: all at once
-- It prints JSON: `results` ({ answer } or { message, kind } each), `cmdline` and `peak` (KiB of memory at most) of itself.
local file = require "host.file"
local http = require "host.http"
local json = require "host.json"

local task = assert(json.decode(assert(file.read(arg[1]))))

local credentials = {}
for name, options in pairs(task.credentials or {}) do
  local credential, message = http.credential(options)
  if message then error(message, 0) end
  credentials[name] = credential
end

for _, request in ipairs(task.requests) do
  if type(request.credential) == "string" then
    request.credential = credentials[request.credential]
  elseif request.credential then
    for i, name in ipairs(request.credential) do request.credential[i] = credentials[name] end
  end
end

local results = json.array {}
if task.parallel then
  for i, result in ipairs(http.parallel(task.requests)) do results[i] = result end
else
  for i, request in ipairs(task.requests) do
    local answer, message, kind = http.request(request)
    results[i] = { answer = answer, message = message, kind = kind }
  end
end

local function of_process(name) return assert(file.read("/proc/self/" .. name)) end
print(json.encode {
  results = results,
  cmdline = (of_process "cmdline":gsub("%z", " ")),
  peak = tonumber(of_process "status":match "VmHWM:%s+(%d+) kB"),
})

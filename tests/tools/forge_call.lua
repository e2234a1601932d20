--- Calls a forge's methods in a process of its own, whose environment holds the token: forge_call.lua ORDERS
-- ORDERS is a JSON file { record, url, calls = [[method, arguments...], ...] }; the answers are a JSON list of
-- { value } or { problem = { kind, text, todo } }, or { raised } where the call was a mistake.

local file = require "host.file"
local json = require "host.json"
local term = require "host.term"
local connect = require "forge.connect"

local function without_null(value)
  if value == json.null then return nil end
  if type(value) == "table" then
    for key, item in pairs(value) do value[key] = without_null(item) end
  end
  return value
end

local order = without_null(assert(json.decode(assert(file.read(arg[1])))))
local said, answers = json.array {}, json.array {}
local opened, trouble = connect(order.record, "origin", order.url, { say = function (line) said[#said + 1] = line end })

local function outcome(value, refused)
  if value ~= nil then return { value = value } end
  return { problem = { kind = refused.kind, text = refused.text, todo = refused.todo } }
end

for i, call in ipairs(order.calls) do
  if not opened then
    answers[i] = outcome(nil, trouble)
  else
    local ok, value, refused = pcall(opened[call[1]], opened, table.unpack(call, 2, 8))
    answers[i] = ok and outcome(value, refused) or { raised = tostring(value) }
  end
end
assert(term.write("out", json.encode { answers = answers, said = said }))

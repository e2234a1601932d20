--- The built-in gates: rows, each with the module that holds it. A gate is a function (context, gate) over recorded facts
-- that answers a verdict (gates/verdict.lua), or nil and a problem. Its module is read when it is first asked: no lane
-- has all of them.

local gates = {}

---@class gates.row
---@field word string as in the spec; `completed` and `approved` are triggers, judged whenever they start a lane
---@field of string its module below gates/
---@field late boolean|nil it wants to see what is released, so it is asked after the decisions
---@field forge boolean|nil it asks the forge, so --offline leaves it out: such a run can send nothing
---@field can string|nil what the forge must be able to do (forge.lua, `can`)

---@type gates.row[]
gates.rows = {
  { word = "actor", of = "event" },
  { word = "approved", of = "event" },
  { word = "available", of = "available", late = true, forge = true },
  { word = "base_unmoved", of = "repository" },
  { word = "checks", of = "checks", forge = true },
  { word = "clean_tree", of = "repository" },
  { word = "completed", of = "event" },
  { word = "confirmed", of = "approval", late = true },
  { word = "custom", of = "custom", late = true },
  { word = "environment", of = "approval", forge = true, can = "environments" },
  { word = "freeze", of = "time" },
  { word = "labels", of = "issues", forge = true, can = "labels" },
  { word = "no_open_issues", of = "issues", forge = true, can = "issues" },
  { word = "not_actor", of = "event" },
  { word = "not_released", of = "event" },
  { word = "required_check", of = "settings", forge = true, can = "protection" },
  { word = "reviews", of = "reviews", forge = true, can = "reviews" },
  { word = "schedule", of = "time" },
  { word = "synced", of = "repository" },
}

gates.row = {}
for _, row in ipairs(gates.rows) do gates.row[row.word] = row end

return setmetatable(gates, { __index = function (self, word)
  local row = self.row[word]
  if not row then return nil end
  local gate = require("gates." .. row.of)[word]
  self[word] = gate
  return gate
end })

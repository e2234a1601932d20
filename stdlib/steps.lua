--- The steps: one file each in stdlib/steps, and every kind of operation that they compile to. Nothing else in relrun
-- lists them. A step has { word, plan, ops }, and `on_forge` where it comes after the refs; an operation has
--   shape      rules for its arguments (shape.lua): a plan that comes from a file is a stranger's text
--   wrong      further: wrong(args) -> where, what; or nothing
--   describe   describe(op) -> text, the first line says what, further lines are indented
--   probe      probe(op, doors, results) -> "DONE"|"ABSENT"|"DIFFERS"|..., detail, result: asks the destination
--   perform    perform(op, doors, results) -> true|result, or nil and a problem ("unknown": it may have happened)
--   stop       stop(op, doors, results, problem): what this run did is put right after a later operation stopped it

local steps = {}

--- The steps by their word.
steps.by_word = {
  branch = require "steps.branch", bump = require "steps.bump", changelog = require "steps.changelog",
  comment = require "steps.comment", commit = require "steps.commit", dispatch = require "steps.dispatch",
  forge_release = require "steps.forge_release", pull_request = require "steps.pull_request",
  push = require "steps.push", reachable = require "steps.reachable", status = require "steps.status",
  tag = require "steps.tag", write = require "steps.write",
}

--- The kinds of operation.
steps.ops = {}
for _, step in pairs(steps.by_word) do
  for kind, op in pairs(step.ops) do steps.ops[kind] = op end
end

return steps

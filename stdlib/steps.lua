--- The steps: one file each in stdlib/steps, and every kind of operation that they compile to. Nothing else in relrun
-- lists them. A step has { word, plan, ops }, and `on_forge` where it comes after the refs; one that writes files has
-- `edits` in place of `plan` (see bump.edits); an operation has
--   shape      rules for its arguments (shape.lua): a plan that comes from a file is a stranger's text
--   wrong      further: wrong(args) -> where, what; or nothing
--   can        what the forge must be able to do (forge.lua, `can`); asked while planning
--   describe   describe(op) -> text, the first line says what, further lines are indented
--   probe      probe(op, doors, results) -> "DONE"|"ABSENT"|"DIFFERS"|..., detail, result: asks the destination
--   perform    perform(op, doors, results, begun) -> true|result, or nil and a problem ("unknown": it may have happened);
--              begun: "here" where an earlier run of this clone was stopped at this very operation, "elsewhere" where
--              another run of this release may have been, or may still be at it
--   late       late(doors) -> boolean: what it did may be told late, so that not to find it proves nothing. The journal keeps its
--              result, also where it failed, and the next run of this clone gets it
--   needs      the argument that names an operation without which this one is left out, too
--   together   together(ops) -> text, bytes: operations of this kind that follow each other are done side by side; what that is
--              to be called, and how many bytes move
--   stop       stop(op, doors, results, problem): what this run did is put right after a later operation stopped it

local steps = {}

--- Each step with the kinds of its operations. A step's file is read when it is first used: no lane has all of them.
steps.rows = {
  { word = "branch", kinds = { "branch", "work_tree" } },
  { word = "bump", kinds = {} },
  { word = "changelog", kinds = {} },
  { word = "comment", kinds = { "comment" } },
  { word = "commit", kinds = { "commit" } },
  { word = "dispatch", kinds = { "dispatch" } },
  { word = "forge_release", kinds = { "release_draft", "asset", "release_publish" } },
  { word = "pull_request", kinds = { "pull_request", "supersede", "merge" } },
  { word = "push", kinds = { "lock", "push", "tag_runs", "unlock" } },
  { word = "reachable", kinds = { "reachable" } },
  { word = "status", kinds = { "status" } },
  { word = "tag", kinds = { "tag" } },
  { word = "write", kinds = {} },
}

local word_of_kind, known = {}, {}
for _, row in ipairs(steps.rows) do
  known[row.word] = true
  for _, kind in ipairs(row.kinds) do word_of_kind[kind] = row.word end
end

--- The steps by their word.
steps.by_word = setmetatable({}, { __index = function (self, word)
  if not known[word] then return nil end
  local step = require("steps." .. word)
  self[word] = step
  return step
end })

--- The operations by their kind.
steps.ops = setmetatable({}, { __index = function (self, kind)
  local word = word_of_kind[kind]
  if not word then return nil end
  local op = steps.by_word[word].ops[kind]
  self[kind] = op
  return op
end })

return steps

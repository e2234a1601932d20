--- The table of the gates' tests: rows of data, so that a gate can be judged again after it was broken on purpose
-- (tests/lua/test_gates_mutation.lua). A row has
--   gate, says       the word and its arguments, as in the spec
--   name             the sentence that it proves
--   verdict          "pass", "wait", "deny", "skip", "off", or "problem" with its `kind`
--   reason, todo     parts of what is told
--   evidence         what the plan keeps of it
--   not_after        until when the verdict holds; false: for good
-- and what its world is (judging.lua).

local rows = {}
for _, name in ipairs { "pulls", "runs", "places" } do
  for _, row in ipairs(require("gate_rows." .. name)) do rows[#rows + 1] = row end
end
return rows

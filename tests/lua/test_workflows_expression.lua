-- Conditions of workflows, evaluated over what is known.

local test = require "testing"
local expression = require "workflows.expression"

local KNOWN = { ["github.ref_name"] = "search-v1.0.0", ["github.actor"] = "github-actions[bot]", ["github.event.deleted"] = false,
  ["github.run_attempt"] = 2 }

local HOLDS = {
  { "!contains(github.ref_name, 'rc')", false }, { "${{ !contains(github.ref_name, 'rc') }}", false },
  { "contains(github.ref_name, 'RC')", true }, { "startsWith(github.ref_name, 'search-')", true },
  { "endsWith(github.ref_name, '.0')", true }, { "github.actor != 'GitHub-Actions[bot]'", false },
  { "github['actor'] == 'github-actions[bot]'", true }, { "github.run_attempt > 1", true }, { "github.run_attempt == '2'", true },
  { "true && (false || !false)", true }, { "'a''b' == 'A''B'", true }, { "null == 0", true }, { "''", false }, { "0", false },
  { "'false'", true }, { "always()", true }, { "failure()", false }, { "cancelled() || success()", true },
  { "github.event.deleted", false }, { "  ", true }, { "${{ }}", false }, { "-1 < 0", true }, { "!github.event.deleted", true },
}

for _, row in ipairs(HOLDS) do
  test(("S1.58 the condition '%s' is %s"):format(row[1], row[2]), function ()
    test.equal((expression.holds(row[1], KNOWN)), row[2])
  end)
end

test("what depends on the unknown is unknown, and only that", function ()
  test.equal(expression.holds("vars.X == 'y'", KNOWN), nil)
  test.equal(expression.holds("vars.X == 'y' && false", KNOWN), false)
  test.equal(expression.holds("false && vars.X == 'y'", KNOWN), false)
  test.equal(expression.holds("vars.X || true", KNOWN), true)
  test.equal(expression.holds("true || vars.X", KNOWN), true)
  test.equal(expression.holds("vars.X && true", KNOWN), nil)
  test.equal(expression.holds("fromJSON(vars.X).y", KNOWN), nil)
  test.equal(expression.holds("contains(github.event.commits.*.message, 'x')", KNOWN), nil)
end)

test("a condition with text around ${{ }} is a string, which always holds", function ()
  test.equal(expression.holds("${{ false }} && github.actor == 'x'", KNOWN), true)
end)

test("no condition holds", function () test.equal(expression.holds(nil, KNOWN), true) end)

test("what is no expression is refused", function ()
  for _, text in ipairs { "'a", "a ==", "(a", "a b", "f(a", "a.", "a[", "@", "== a" } do
    local held, message = expression.holds(text, KNOWN)
    test.equal(held, nil, text)
    test.truthy(message, text)
  end
end)

test("P29 deep nesting is refused and does not end the program", function ()
  local _, message = expression.holds(("("):rep(10000) .. "a" .. (")"):rep(10000), KNOWN)
  test.equal(message, "nested too deeply")
  _, message = expression.holds(("!"):rep(10000) .. "a", KNOWN)
  test.equal(message, "nested too deeply")
end)

return test.done()

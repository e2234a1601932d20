--- The text of a release's pull request: notes that a person may edit, and what relrun says below them.

local test = require "testing"
local digest = require "host.digest"
local pull_body = require "pull_body"

local sha256 = digest.sha256
local NOTES = "### Added\n\n- a thing\n\n---\n\nafter a rule of its own"
local RELEASE = { lane = "final", packages = { "core", "a --> b, c" } }
local BODY = pull_body.compose(NOTES .. "\n\n", "Prepared by relrun.", RELEASE, sha256)

test("the notes come back as they were given", function () test.equal(pull_body.notes(BODY), NOTES) end)

test("what relrun wrote is not edited", function () test.equal(pull_body.is_edited(BODY, sha256), false) end)

test("a forge's own line ends are no edit", function ()
  local theirs = BODY:gsub("\n", "\r\n")
  test.equal(pull_body.is_edited(theirs, sha256), false)
  test.equal(pull_body.notes(theirs), NOTES)
end)

test("a person's change of the notes is one", function ()
  local edited = BODY:gsub("a thing", "a better thing")
  test.equal(pull_body.is_edited(edited, sha256), true)
  test.contains(pull_body.notes(edited), "a better thing")
  test.lacks(pull_body.notes(edited), "Prepared by relrun")
end)

test("a text without our mark is a person's, whole", function ()
  test.equal(pull_body.notes "only this\n", "only this")
  test.equal(pull_body.is_edited("only this", sha256), true)
end)

test("notes that hold a mark of their own do not pass for ours", function ()
  local mark = ("<!-- relrun notes sha256:%s -->"):format(sha256 "x")
  local body = pull_body.compose("x\n" .. mark .. "\ny", "hint", RELEASE, sha256)
  test.equal(pull_body.notes(body), "x\n" .. mark .. "\ny")
  test.equal(pull_body.is_edited(body, sha256), false)
end)

test("the text says which release it is of, whatever the names are", function ()
  test.equal(pull_body.release(BODY), RELEASE)
  test.equal(pull_body.release((BODY:gsub("\n", "\r\n"):gsub("a thing", "a better thing"))), RELEASE)
  test.equal(select(2, BODY:gsub("%-%->", "")), 2)
end)

test("a text that prepare did not end says of no release", function ()
  test.equal(pull_body.release "only this", nil)
  test.equal(pull_body.release(BODY .. "and more"), nil)
  test.equal(pull_body.release((BODY:gsub("<!%-%- relrun notes.-%-%->", ""))), nil)
end)

return test.done()

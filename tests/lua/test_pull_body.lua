--- The text of a release's pull request: notes that a person may edit, and what relrun says below them.

local test = require "testing"
local digest = require "host.digest"
local pull_body = require "pull_body"

local sha256 = digest.sha256
local NOTES = "### Added\n\n- a thing\n\n---\n\nafter a rule of its own"
local REST = "The rest stands elsewhere."
local RELEASE = { lane = "final", packages = { "core", "a --> b, c" } }
local BODY = pull_body.compose(NOTES .. "\n\n", "Prepared by relrun.", RELEASE, sha256, REST)

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
  local body = pull_body.compose("x\n" .. mark .. "\ny", "hint", RELEASE, sha256, REST)
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

-- What prepare would write of the same release at a later commit.
local LATER = pull_body.compose((NOTES:gsub("- a thing", "- a thing\n- another thing\n\n### Fixed\n\n- a fault")),
  "Prepared later.", RELEASE, sha256, REST)

test("what relrun wrote is renewed whole, and then stays", function ()
  test.equal(pull_body.renewed(BODY, LATER, sha256), LATER)
  test.equal(pull_body.renewed(BODY:gsub("\n", "\r\n"), LATER, sha256), LATER)
  test.equal(pull_body.renewed(LATER, LATER, sha256), nil)
  test.equal(pull_body.renewed(LATER:gsub("\n", "\r\n"):gsub("%s+$", ""), LATER, sha256), nil)
end)

test("what stands below the notes is renewed when they are the same", function ()
  local moved = pull_body.compose(NOTES, "Prepared later.", RELEASE, sha256, REST)
  test.equal(pull_body.renewed(BODY, moved, sha256), moved)
end)

test("a person's notes are kept, and what stands below them is renewed", function ()
  for _, theirs in ipairs { "\n", "\r\n" } do
    local edited = BODY:gsub("a thing", "a better thing"):gsub("\n", theirs)
    local renewed = pull_body.renewed(edited, LATER, sha256)
    test.equal(pull_body.notes(renewed), (NOTES:gsub("a thing", "a better thing")))
    test.contains(renewed, "Prepared later.")
    test.lacks(renewed, "Prepared by relrun.")
    test.equal(pull_body.release(renewed), RELEASE)
    test.equal(pull_body.is_edited(renewed, sha256), true)
    test.equal(pull_body.renewed(renewed:gsub("\n", theirs), LATER, sha256), nil)
  end
end)

test("who takes an edit back gets the notes of relrun's again", function ()
  local renewed = pull_body.renewed(BODY:gsub("a thing", "a better thing"), LATER, sha256)
  test.equal(pull_body.renewed(renewed:gsub("a better thing", "a thing"), LATER, sha256), LATER)
end)

test("a text that has no rule or no mark of ours is left whole", function ()
  for _, body in ipairs { "only this", BODY .. "and more", (BODY:gsub("%-%-%-\n", "")), "" } do
    test.equal(pull_body.renewed(body, LATER, sha256), nil)
  end
end)

test("what edited notes lack is told line by line, without headings, whatever their bullets", function ()
  local edited = BODY:gsub("%- a thing", "* a thing")
  test.equal(pull_body.lacking(edited, LATER, sha256), { "another thing", "a fault" })
  test.equal(pull_body.lacking(pull_body.renewed(edited, LATER, sha256), LATER, sha256), { "another thing", "a fault" })
  test.equal(pull_body.lacking(edited:gsub("a thing", "a thing\n  - a fault, and another thing"), LATER, sha256), {})
  test.equal(pull_body.lacking("only this", LATER, sha256)[1], "a thing")
end)

test("notes that nobody edited lack nothing, nor do those of which relrun has nothing new to say", function ()
  test.equal(pull_body.lacking(BODY, LATER, sha256), {})
  test.equal(pull_body.lacking(BODY:gsub("a thing", "nothing"), BODY, sha256), {})
end)

-- Notes of letters that are more than one byte each, composed; the text, and whether they were cut.
local function long(lines) return pull_body.compose(("- größer\n"):rep(lines), "Prepared by relrun.", RELEASE, sha256, REST) end

test("S0.8 notes that are longer than a forge takes are cut behind a line, and say where the rest stands", function ()
  local body, was_cut = long(20000)
  test.equal(was_cut, true)
  test.truthy(utf8.len(body) <= 65536 and utf8.len(body) > 65400, utf8.len(body))
  test.contains(body, "- größer\n\nThe rest stands elsewhere.\n\n---\n\nPrepared by relrun.\n<!-- relrun prepared")
end)

test("S0.8 a text of which the notes were cut has all its marks, and nobody edited it", function ()
  local body = long(20000)
  test.equal(pull_body.release(body), RELEASE)
  test.equal(pull_body.is_edited(body, sha256), false)
  test.equal(pull_body.renewed(body, (long(20000)), sha256), nil)
  test.equal(pull_body.renewed(body, LATER, sha256), LATER)
  test.equal(pull_body.is_edited(body:gsub("größer", "kleiner", 1), sha256), true)
end)

test("notes are cut when one character is too many, and not before", function ()
  local frame = utf8.len((pull_body.compose("", "Prepared by relrun.", RELEASE, sha256, REST)))
  local function of(count)
    local body, was_cut = pull_body.compose(("é"):rep(count), "Prepared by relrun.", RELEASE, sha256, REST)
    return { was_cut, utf8.len(body) <= 65536 }
  end
  test.equal({ of(65536 - frame), of(65537 - frame) }, { { false, true }, { true, true } })
end)

return test.done()

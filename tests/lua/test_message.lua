-- Commit messages as host.message reads them: the sixteen rules of Conventional Commits 1.0.0, then what people really
-- write. What a commit is worth is in test_commits.lua.

local test = require "testing"
local message = require "host.message"
local parse = message.parse

local function first(text) return parse(text).entries[1] end

--- `type(scope)!: description` of every entry, one a line.
local function headers(text)
  local lines = {}
  for i, entry in ipairs(parse(text).entries) do
    lines[i] = ("%s%s%s: %s"):format(entry.type or "-", entry.scope and "(" .. entry.scope .. ")" or "",
      entry.breaking and "!" or "", entry.description)
  end
  return table.concat(lines, "\n")
end

-- The rules -----------------------------------------------------------------------------------------------------------

test("rule 1: a type, a scope or none, `!` or none, a colon and a space are the prefix", function ()
  test.equal(headers("feat: a"), "feat: a")
  test.equal(headers("feat(x)!: a"), "feat(x)!: a")
  for _, text in ipairs { "feat:a", "feat a", "feat : a", "(x): a", ": a", "feat!(x): a", "feat[x]: a" } do
    test.equal(parse(text).conventional, false, text)
    test.equal(headers(text), "-: " .. text)
  end
end)

test("rule 2: feat is read as a type", function () test.equal(first("feat: a").type, "feat") end)

test("rule 3: fix is read as a type", function () test.equal(first("fix: a").type, "fix") end)

test("rule 4: a scope is what stands in the parentheses", function ()
  test.equal(first("fix(parser): a").scope, "parser")
  test.equal(first("fix: a").scope, nil)
  test.equal(first("fix(): a").type, nil)
end)

test("rule 5: the description follows the colon and the space", function ()
  test.equal(first("fix: array parsing issue when multiple spaces were contained in string").description,
    "array parsing issue when multiple spaces were contained in string")
  test.equal(first("fix:   a: b  ").description, "a: b")
  test.equal(parse("fix: ").conventional, false)
end)

test("rule 6: a body begins one blank line after the description and is no part of it", function ()
  test.equal(first("fix: a\n\nbody").description, "a")
  test.equal(parse("fix: a\n\nbody").footers, {})
end)

test("rule 7: a body may have any number of paragraphs", function ()
  local commit = parse("fix: a\n\none\n\ntwo\nlines: of it\n\n\nthree\n\nRefs: 1")
  test.equal(commit.footers[#commit.footers], { token = "Refs", value = "1" })
  test.equal(#commit.entries, 1)
end)

test("rule 8: footers are a token, `: ` or ` #`, and a value, after a blank line", function ()
  test.equal(parse("fix: a\n\nbody\n\nReviewed-by: Z\nRefs #133").footers,
    { { token = "Reviewed-by", value = "Z" }, { token = "Refs", value = "133" } })
  test.equal(parse("fix: a\n\nbody\nReviewed-by: Z").footers, {})
end)

test("rule 9: a token has `-` for spaces; only BREAKING CHANGE has a space", function ()
  test.equal(parse("fix: a\n\nAcked-by: Z").footers, { { token = "Acked-by", value = "Z" } })
  test.equal(parse("fix: a\n\nAcked by: Z").footers, {})
  test.equal(parse("fix: a\n\nBREAKING CHANGE: b").footers, { { token = "BREAKING CHANGE", value = "b" } })
end)

test("rule 10: a value runs over lines and paragraphs to the next token", function ()
  test.equal(parse("fix: a\n\nBREAKING CHANGE: one\n two\n\nthree\n\nRefs: 1\n").footers,
    { { token = "BREAKING CHANGE", value = "one\n two\n\nthree" }, { token = "Refs", value = "1" } })
  test.equal(first("fix: a\n\nBREAKING CHANGE: one\n two\n\nthree\n\nRefs: 1\n").notes, { "one\n two\n\nthree" })
end)

test("rule 11: a change breaks by its prefix or by a footer", function ()
  test.equal(first("chore!: a").breaking, true)
  test.equal(first("chore: a\n\nBREAKING CHANGE: b").breaking, true)
  test.equal(first("chore: a\n\nNot breaking").breaking, false)
end)

test("rule 12: a breaking footer is BREAKING CHANGE, a colon, a space and a description", function ()
  test.equal(first("fix: a\n\nBREAKING CHANGE: environment variables now take precedence over config files").notes,
    { "environment variables now take precedence over config files" })
  for _, line in ipairs { "BREAKING CHANGE environment", "BREAKING CHANGE:x", "BREAKING: x", "BREAKING  CHANGE: x" } do
    test.equal(first("fix: a\n\n" .. line).breaking, false, line)
  end
end)

test("rule 13: with `!` the description says what breaks, and the footer may be there too", function ()
  test.equal(headers("feat(api)!: drop Node 6"), "feat(api)!: drop Node 6")
  test.equal(first("feat!: drop Node 6").notes, {})
  test.equal(first("feat!: drop Node 6\n\nBREAKING CHANGE: use what Node 6 lacks").notes, { "use what Node 6 lacks" })
end)

test("rule 14: any noun is a type", function ()
  test.equal(headers("docs: update ref docs"), "docs: update ref docs")
  test.equal(headers("ui-kit2: a"), "ui-kit2: a")
end)

test("rule 15: nothing is case-sensitive but BREAKING CHANGE", function ()
  test.equal(first("FEAT(Api): a").type, "feat")
  test.equal(first("FEAT(Api): a").scope, "Api", "a scope is kept as it was written")
  test.equal(parse("fix: a\n\nRELEASE-as: 1.0.0").release_as, { "1.0.0" })
  test.equal(first("fix: a\n\nbreaking change: b").breaking, false)
  test.equal(first("fix: a\n\nBreaking-Change: b").breaking, false)
end)

test("rule 16: BREAKING-CHANGE is BREAKING CHANGE", function ()
  test.equal(first("fix: a\n\nBREAKING-CHANGE: b").breaking, true)
  test.equal(first("fix: a\n\nBREAKING-CHANGE: b").notes, { "b" })
end)

-- What people write ----------------------------------------------------------------------------------------------------

test("a bad body never voids a good header", function ()
  for _, body in ipairs { "MIN(COALESCE(", "feat(: x", "!!!", "* (a: b", "`", "BREAKING CHANGE", ":", "\0\xff", "\"" } do
    test.equal(headers("feat: a\n\n" .. body), "feat: a", body)
  end
end)

test("a missed breaking change costs more than a strict one: it needs no paragraph, may be a bullet, may begin below", function ()
  test.equal(first("fix: a\n\nbody\nBREAKING CHANGE: b").notes, { "b" })
  test.equal(first("fix: a\nBREAKING CHANGE: b").notes, { "b" })
  test.equal(first("fix: a\n\n* BREAKING CHANGE: b").notes, { "b" })
  test.equal(first("fix: a\n\nBREAKING CHANGE:\n\n  b\n").notes, { "b" })
  test.equal(first("fix: a\n\nBREAKING CHANGE:\n").breaking, false, "it says nothing")
end)

test("several breaking footers are several notes", function ()
  test.equal(first("fix: a\n\nBREAKING CHANGE: b\nBREAKING-CHANGE: c").notes, { "b", "c" })
end)

test("a commit that breaks something is breaking under any subject", function ()
  local commit = parse("Rework the API\n\nBREAKING CHANGE: all of it")
  test.equal(commit.conventional, false)
  test.equal(commit.entries[1].breaking, true)
end)

test("CRLF, a byte order mark and blanks at line ends change nothing", function ()
  local text = "feat(a): b\n\nbody\n\nBREAKING CHANGE: c\nd\nRefs: 1\n"
  test.equal(parse(text:gsub("\n", "\r\n")), parse(text))
  test.equal(parse("\xef\xbb\xbf" .. text), parse(text))
  test.equal(parse(text:gsub("\n", "  \t\n")).entries[1].description, "b")
end)

test("git's comments and all below its scissors fall away", function ()
  test.equal(headers("# This is a combination of 2 commits.\n# This is the 1st:\n\nfeat: a\n\n# This is the 2nd:\n\nfix: b"),
    "feat: a\nfix: b")
  test.equal(first("fix: a\n\nBREAKING CHANGE: b\n# note\nc").notes, { "b\nc" })
  test.equal(headers("fix: a\n# ------------------------ >8 ------------------------\nBREAKING CHANGE: in the diff"), "fix: a")
  test.equal(parse("#12 is no comment").subject, "#12 is no comment")
  test.equal(parse("# all of it").subject, "# all of it")
end)

test("blank lines before the subject do not count", function ()
  test.equal(parse("\n \nfix: a\n").subject, "fix: a")
  test.equal(headers("\n \nfix: a\n"), "fix: a")
end)

test("an empty message has one entry that says nothing", function ()
  test.equal(parse(""), { subject = "", conventional = false, footers = {},
    entries = { { description = "", breaking = false, notes = {}, references = {} } } })
end)

test("scopes with commas are kept as text", function ()
  test.equal(first("fix(core, cli/io): a").scope, "core, cli/io")
end)

test("an empty list is shared and cannot be written to", function ()
  test.raises(function () table.insert(parse("fix: a").footers, {}) end, "replace it")
  test.equal(#parse("fix: b").footers, 0)
end)

-- Squashed bodies -------------------------------------------------------------------------------------------------------

test("the bullets of a squashed pull request are entries", function ()
  test.equal(headers("feat: tape (#12)\n\n* feat(cli): add --tape\n\n* wip\n\n* fix!: short read\n\n* chore: x"),
    "feat: tape (#12)\nfeat(cli): add --tape\nfix!: short read\nchore: x")
end)

test("a title that is no header gives way to the headers below it", function ()
  local commit = parse("Tape and more (closes #9)\n\n* feat: tape (closes #10)\n* fix: more")
  test.equal(commit.subject, "Tape and more (closes #9)")
  test.equal(commit.conventional, true)
  test.equal(#commit.entries, 2)
  test.equal(commit.entries[1].references, { "9", "10" })
end)

test("paragraphs of well-known headers are entries", function ()
  test.equal(headers("feat: a\n\nfix(x): b\n\nbody of b\n\nperf: c\ndocs: d\n"), "feat: a\nfix(x): b\nperf: c\ndocs: d")
end)

test("prose is not split", function ()
  for _, body in ipairs { "Note: this is prose", "fix: this line goes on\nin the next one", "todo: later", "Fix: #12",
    "see\nfix: in mid-paragraph", "  fix: indented", "fix: #12", "* Note: prose", "- fix: not that bullet", "*fix: a" } do
    test.equal(#parse("feat: a\n\n" .. body).entries, 1, body)
  end
end)

test("what follows a header belongs to it, and after a rule to the title", function ()
  local commit = parse("feat: a (#1)\n\n* fix: b\n\nBREAKING CHANGE: c\n\n* docs: d\n\n---------\n\nBREAKING CHANGE: e")
  test.equal(commit.entries[1].notes, { "e" })
  test.equal(commit.entries[2].notes, { "c" })
  test.equal(commit.entries[3].breaking, false)
end)

test("a title that its only commit repeats is one entry", function ()
  test.equal(headers("feat: a\n\n* feat: a\n\n* feat!: a\n"), "feat!: a")
  local commit = parse("feat: a\n\n* fix: b\n\n* feat: a\n\nBREAKING CHANGE: c")
  test.equal(commit.entries[1].notes, { "c" }, "what follows the repeated header is the title's")
end)

test("an override stands for the whole message", function ()
  local commit = parse("chore: typo in the title\n\nBREAKING CHANGE: no\n\nBEGIN_COMMIT_OVERRIDE\nfeat: a\n\nfix: b\n"
    .. "chore: c\n\nRefs: 7\nEND_COMMIT_OVERRIDE\n\nfix: not this")
  test.equal(commit.subject, "chore: typo in the title")
  test.equal(#commit.entries, 3)
  test.equal({ commit.entries[1].type, commit.entries[2].type, commit.entries[3].type }, { "feat", "fix", "chore" })
  test.equal(commit.footers, { { token = "Refs", value = "7" } })
  test.equal(commit.entries[1].breaking, false)
  test.equal(headers("fix: a\n\nBEGIN_COMMIT_OVERRIDE in prose\nEND_COMMIT_OVERRIDE"), "fix: a")
end)

test("a nested commit is a message of its own", function ()
  test.equal(headers("feat: a\n\nBEGIN_NESTED_COMMIT\nui(x): b\n\nBREAKING CHANGE: c\nEND_NESTED_COMMIT\n"
    .. "BEGIN_NESTED_COMMIT\nnot a header\nEND_NESTED_COMMIT\nend"), "feat: a\nui(x)!: b\n-: not a header")
  test.equal(headers("fix: a\n\nBEGIN_NESTED_COMMIT\nEND_NESTED_COMMIT\nprose"), "fix: a")
end)

-- References, reverts, orders, flags ------------------------------------------------------------------------------------

test("closing words name issues, in every form and place", function ()
  local function references(text) return first(text).references end
  test.equal(references("fix: a (closes #1)"), { "1" })
  test.equal(references("fix: a\n\nResolves: #1, #2 and o/r#3\nfixed GH-4"), { "1", "2", "o/r#3", "4" })
  test.equal(references("fix: a\n\nCLOSED my-org/my.repo#12."), { "my-org/my.repo#12" })
  test.equal(references("fix: #12 and see #13, prefixes #14, closes 15, closes#16, closes #x"), {})
  test.equal(references("fix: a\n\nRefs: #12"), {})
end)

test("revert commits say what they revert", function ()
  local commit = parse('Revert "feat(x): a (#12)" (#13)\n\nThis reverts commit 0123456789012345678901234567890123456789.')
  test.equal(commit.entries[1].type, "revert")
  test.equal(commit.entries[1].description, "feat(x): a (#12)")
  test.equal(commit.reverts, { "0123456789012345678901234567890123456789" })
  test.equal(commit.reverted, "feat(x): a (#12)")
  test.equal(parse("revert: a noodle incident\n\nRefs: 676104e, a215868").reverts, { "676104e", "a215868" })
  test.equal(parse("fix: a\n\nRefs: 676104e").reverts, nil, "only a revert's Refs are reverted")
  test.equal(parse("revert: a\n\nThis reverts commit 0123456, reversing\nchanges made to 6543210.").reverts, { "0123456" })
  test.equal(parse("revert: a\n\nThis reverts commit 012345.").reverts, nil, "too short to be an id")
end)

test("what is applied again counts as what it was", function ()
  test.equal(headers('Reapply "feat(x): a"'), "feat(x): a")
  test.equal(parse('Reapply "feat(x): a"').reverted, 'Revert "feat(x): a"')
  test.equal(headers('Revert "Revert "feat: a (#1)" (#2)" (#3)'), "feat: a (#1)")
  test.equal(parse('Revert "Revert "feat: a (#1)" (#2)" (#3)').reverted, 'Revert "feat: a (#1)" (#2)')
  test.equal(headers('Revert "Reapply "feat: a""'), "revert: feat: a")
  test.equal(headers('Revert "x'), '-: Revert "x')
end)

test("Release-As orders are kept as text", function ()
  test.equal(parse("chore: a\n\nRelease-As: 2.0.0\nrelease-as: @org/core@3.0.0").release_as, { "2.0.0", "@org/core@3.0.0" })
  test.equal(parse("chore: a\n\nwe Release-As: 2.0.0").release_as, nil)
end)

test("the subjects that git and forges give to merges are told", function ()
  for _, subject in ipairs { "Merge branch 'a' into b", "Merge branches 'a' and 'b'", "Merge pull request #1 from a/b",
    "Merge remote-tracking branch 'origin/a'", "Merge tag 'v1'", "Merge commit 'abc'", "Merged in a (pull request #1)",
    "Merge " .. ("a"):rep(40) .. " into " .. ("b"):rep(40) } do
    test.equal(parse(subject).merge, true, subject)
  end
  for _, subject in ipairs { "Merge the two parsers", "feat: Merge branch 'a'", "Merged", "Merge abc into def" } do
    test.equal(parse(subject).merge, nil, subject)
  end
end)

test("[skip release] and [release skip] are told, in any case", function ()
  test.equal(parse("fix: a [skip release]").skip_release, true)
  test.equal(parse("fix: a\n\nbody\n[Release Skip]").skip_release, true)
  test.equal(parse("fix: a [skip ci] [skip  release").skip_release, nil)
end)

test("messages above one mebibyte are cut, and say so", function ()
  test.equal(parse("fix: " .. ("a"):rep(1 << 20)).truncated, true)
  test.equal(parse("fix: a").truncated, nil)
end)

test("a reader gives what parse gives, whatever it read before", function ()
  local read = message.reader()
  local texts = {
    "feat(core)!: a\n\nBREAKING CHANGE: b\nRefs: #1\nRelease-As: 2.0.0", "fix: b", "no header", "Merge branch 'a' into b",
    "Revert \"feat: a\"\n\nThis reverts commit 0123456789abcdef0123456789abcdef01234567.", "chore: c [skip release]",
    "fix: " .. ("a"):rep(1 << 20), "feat: one\nfix(x): two\n\nCloses #2", "docs: d\n\nSigned-off-by: e", "",
  }
  for _, before in ipairs(texts) do
    for _, text in ipairs(texts) do
      read(before)
      test.equal(read(text), parse(text), before:sub(1, 40) .. ", then " .. text:sub(1, 40))
    end
  end
end)

test("a reader's commit is one table, and another reader's is another", function ()
  local read, other = message.reader(), message.reader()
  local one = read("feat(x): a")
  test.equal(rawequal(read("fix: b"), one), true)
  other("docs: c")
  test.equal({ one.entries[1].type, one.entries[1].scope, one.entries[1].description }, { "fix", nil, "b" })
end)

-- What stands in doubt ---------------------------------------------------------------------------------------------------

test("rule 12: no other sign stands for the colon of BREAKING CHANGE", function ()
  for _, sign in ipairs { "-", "=", ";", ".", " " } do
    test.equal(first("fix: a\n\nBREAKING CHANGE" .. sign .. " x").breaking, false, sign)
  end
end)

test("a title that is no header and breaks something stays, with the headers below it", function ()
  test.equal(headers("Drop Node 6\n\nBREAKING CHANGE: use what it lacks\n\n* feat: a door"), "-!: Drop Node 6\nfeat: a door")
  test.equal(headers("Drop Node 6\n\n* feat: a door"), "feat: a door")
end)

test("in an override every line that is a well-known header is an entry, and elsewhere those of a paragraph", function ()
  local body = "feat: a\nwhat a is\nfix: b\nnoun: c\n"
  test.equal(headers("chore: x\n\nBEGIN_COMMIT_OVERRIDE\n" .. body .. "END_COMMIT_OVERRIDE"), "feat: a\nfix: b")
  test.equal(headers(body), "feat: a")
end)

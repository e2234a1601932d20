--- Releases on a forge: planned, and made through every way in which a forge can fail.

local test = require "testing"
local digest = require "host.digest"
local plan_steps = require "steps"
local release_body = require "release_body"
local shape = require "shape"
local stateful_forge = require "stateful_forge"
local work = require "release_work"

local FILES = { ["dist/a.whl"] = "wheel", ["dist/a.tar.gz"] = "source" }

local function step(more)
  local record = { word = "forge_release", per = "package", name = "{package} {version}", notes = work.told "What is new.",
    assets = { "dist/*" }, draft = false }
  for key, value in pairs(more or {}) do record[key] = value end
  return record
end

local function planned(forge, more, given)
  given = given or {}
  given.files, given.forge = given.files or FILES, forge
  local ops, trouble, self = work.ops({ step(more) }, given)
  return ops, trouble, self
end

local function must(value, trouble)
  if value == nil then error(tostring(trouble), 2) end
  return value
end

local function kinds_of(ops)
  local kinds = {}
  for i, op in ipairs(ops) do kinds[i] = op.kind end
  return kinds
end

-- One public release of the tag, with exactly these assets, and nothing beside it.
local function is_whole(forge, note)
  test.equal(#forge.list, 1, note)
  local release = forge.list[1]
  test.equal(release.draft, false, note)
  local names = {}
  for _, asset in ipairs(release.assets) do
    test.equal(asset.state, "uploaded", note)
    names[#names + 1] = asset.name .. " " .. asset.sha256
  end
  table.sort(names)
  test.equal(names, { "a.tar.gz " .. digest.sha256 "source", "a.whl " .. digest.sha256 "wheel" }, note)
end

-- Planning. ---------------------------------------------------------------------------------------------------------

test("a release is a draft, its assets in the order of their names, and what makes it public", function ()
  local ops = must(planned(stateful_forge.new()))
  test.equal(kinds_of(ops), { "release_draft", "asset", "asset", "release_publish" })
  test.equal({ ops[2].args.name, ops[3].args.name }, { "a.tar.gz", "a.whl" })
  test.equal({ ops[1].class, ops[2].class, ops[4].class }, { "compensable", "compensable", "irreversible" })
  for _, op in ipairs(ops) do
    test.equal(shape.check("", op.args, plan_steps.ops[op.kind].shape), nil, op.kind)
    local wrong = plan_steps.ops[op.kind].wrong
    test.equal(wrong and wrong(op.args), nil, op.kind)
    test.lacks(plan_steps.ops[op.kind].describe(op), "nil")
  end
end)

test("its mark is the same in each clone, and another one for other bytes", function ()
  local one = must(planned(stateful_forge.new()))
  local same = must(planned(stateful_forge.new()))
  local other = must(planned(stateful_forge.new(), nil, { files = { ["dist/a.whl"] = "other", ["dist/a.tar.gz"] = "source" } }))
  test.equal(one[1].args.purpose, same[1].args.purpose)
  test.truthy(one[1].args.purpose ~= other[1].args.purpose)
  test.equal(release_body.purpose(one[1].args.body), one[1].args.purpose)
  test.equal(release_body.notes(one[1].args.body), "What is new.")
end)

test("draft = true leaves it to a person to make it public", function ()
  test.equal(kinds_of(must(planned(stateful_forge.new(), { draft = true }))), { "release_draft", "asset", "asset" })
end)

test("a pre-release is one when its version is one, or when the spec says so", function ()
  local rc = { released = { work.decision("a", "1.0.0-rc.1") } }
  test.equal(must(planned(stateful_forge.new(), nil, rc))[1].args.prerelease, true)
  test.equal(must(planned(stateful_forge.new()))[1].args.prerelease, false)
  test.equal(must(planned(stateful_forge.new(), { prerelease = true }))[1].args.prerelease, true)
  test.equal(must(planned(stateful_forge.new(), { prerelease = false }, rc))[1].args.prerelease, false)
end)

test("there is one release for each tag, or one for all", function ()
  local two = function () return { released = { work.decision("a", "1.0.0"), work.decision("demo", "2.0.0") } } end
  local ops = must(planned(stateful_forge.new(), { assets = false }, two()))
  test.equal(kinds_of(ops), { "release_draft", "release_publish", "release_draft", "release_publish" })
  test.equal(ops[3].args.tag, "demo-v2.0.0")
  test.equal(ops[4].args.release, 3)
  ops = must(planned(stateful_forge.new(), { per = "release", assets = false }, two()))
  test.equal(kinds_of(ops), { "release_draft", "release_publish" })
  test.equal(ops[1].args.tag, "demo-v2.0.0", "the tag of the package that the whole is named after")
end)

test("the assets of a package are those that its own pattern names", function ()
  local files = { ["dist/a-1.0.0.tgz"] = "1", ["dist/b-2.0.0.tgz"] = "2" }
  local ops = must(planned(stateful_forge.new(), { assets = { "dist/{package}-{version}.tgz" } },
    { files = files, released = { work.decision("a", "1.0.0"), work.decision("b", "2.0.0") } }))
  test.equal({ ops[2].args.path, ops[5].args.path }, { "dist/a-1.0.0.tgz", "dist/b-2.0.0.tgz" })
  test.equal(ops[5].args.release, 4)
end)

-- what is wrong with the files, the files, part of the refusal
for _, row in ipairs {
  { "a pattern that names nothing", {}, "'dist/*' names no file of the work tree" },
  { "a name with a space", { ["dist/a b.txt"] = "x" }, "the forge would call it 'a.b.txt'" },
  { "a name with a tilde", { ["dist/a~1.deb"] = "x" }, "the forge would call it 'a.1.deb'" },
  { "a name in other letters", { ["dist/\u{e4}.txt"] = "x" }, "the forge would call it 'txt'" },
  { "a name with a dot in front", { ["dist/.a"] = "x" }, "the forge would call it 'a'" },
  { "a name with a dot behind", { ["dist/a."] = "x" }, "the forge would call it 'a'" },
  { "a name that is too long", { ["dist/" .. ("x"):rep(201)] = "x" }, "longer than 200 bytes" },
  { "names that only differ in case", { ["dist/A.txt"] = "x", ["dist/a.txt"] = "y" }, "'dist/A.txt' would have the same name" },
  { "an empty file", { ["dist/a.txt"] = "" }, "dist/a.txt is empty" },
} do
  test("P11 " .. row[1] .. " is refused while planning", function ()
    local ops, trouble = planned(stateful_forge.new(), nil, { files = row[2] })
    test.equal(ops, nil)
    test.contains(tostring(trouble), row[3])
  end)
end

test("two directories with a file of the same name are refused", function ()
  local ops, trouble = planned(stateful_forge.new(), { assets = { "x/*", "y/*" } }, { files = { ["x/a"] = "1", ["y/a"] = "2" } })
  test.equal(ops, nil)
  test.contains(tostring(trouble), "y/a cannot be an asset: 'x/a' would have the same name")
end)

test("P11 files of two directories whose names differ only in case are refused", function ()
  local ops, trouble = planned(stateful_forge.new(), { assets = { "one/*", "two/*" } },
    { files = { ["one/a.zip"] = "1", ["two/A.zip"] = "2" } })
  test.equal({ ops, trouble.kind }, { nil, "error" })
  test.contains(trouble.text, "two/A.zip cannot be an asset: 'one/a.zip' would have the same name")
end)

test("more assets than a forge takes are refused when the release is planned", function ()
  local files = {}
  for i = 1, 1000 do files[("dist/%04d"):format(i)] = "x" end
  test.equal(#must(planned(stateful_forge.new(), nil, { files = files })), 1002)
  files["dist/one-more"] = "x"
  local ops, trouble = planned(stateful_forge.new(), nil, { files = files })
  test.equal({ ops, trouble.kind }, { nil, "error" })
  test.contains(trouble.text, "1001 assets for a-v1.0.0")
end)

test("a file that two patterns name is one asset", function ()
  test.equal(#must(planned(stateful_forge.new(), { assets = { "dist/*", "dist/a.whl" } })), 4)
end)

test("notes over the forge's limit are cut at a line, say where the rest stands, and are told", function ()
  local long = ("0123456789abcdef\n"):rep(8000)
  local ops, _, self = planned(stateful_forge.new(), { notes = work.told(long), assets = false },
    { repository = "https://git.example/o/r" })
  local body = must(ops)[1].args.body
  test.truthy(utf8.len(body) <= 125000, #body)
  test.truthy(utf8.len(body) > 124000, #body)
  test.contains(body, "0123456789abcdef\n\nThe rest stands in [the repository at a-v1.0.0](https://git.example/o/r/tree/a-v1.0.0).\n\n<!--")
  test.contains(self.warnings[1], "the notes of a-v1.0.0 are longer than the 125000 characters")
end)

test("notes are cut where they and the mark are one character longer than the limit, and not before", function ()
  local purpose = ("0"):rep(64)
  local room = 500 - #release_body.compose("", purpose)
  local kept, was_cut = release_body.fit(("é"):rep(room), 500, "The rest.")
  test.equal({ utf8.len(release_body.compose(kept, purpose)), was_cut }, { 500, false })
  kept, was_cut = release_body.fit(("é"):rep(room + 1), 500, "The rest.")
  test.equal({ utf8.len(release_body.compose(kept, purpose)) <= 500, was_cut }, { true, true })
end)

test("notes that are cut inside of a block of code close it", function ()
  local kept, was_cut = release_body.fit("```\n" .. ("x\n"):rep(1000), 500, "The rest.")
  test.equal(was_cut, true)
  test.contains(kept, "x\n```\n\nThe rest.")
  kept, was_cut = release_body.fit("short", 500, "The rest.")
  test.equal({ kept, was_cut }, { "short", false })
end)

test("the notes of the pull request are a package's own part of them", function ()
  local pull = { number = 3, body = "## a\n\n- edited by a person\n\n## b\n\n- of b\n\n---\n\nhint\n<!-- relrun notes sha256:00 -->\n" }
  local ops = must(planned(stateful_forge.new(), { notes = "pull_request", assets = false },
    { pull = pull, released = { work.decision("a", "1.0.0"), work.decision("b", "2.0.0") } }))
  test.equal(release_body.notes(ops[1].args.body), "- edited by a person")
  test.equal(release_body.notes(ops[3].args.body), "- of b")
end)

test("a mark inside of the notes is not taken for ours", function ()
  local forged = "<!-- relrun release sha256:" .. ("0"):rep(64) .. " -->"
  local ops = must(planned(stateful_forge.new(), { notes = work.told(forged) }))
  test.equal(release_body.purpose(ops[1].args.body), ops[1].args.purpose)
end)

test("a path that leads out of the work tree is refused of a plan from a file", function ()
  local op = must(planned(stateful_forge.new()))[2]
  for _, path in ipairs { "../secret", "/etc/passwd", "dist/../../x", ".git/config", "a//b" } do
    op.args.path = path
    test.truthy(shape.check("", op.args, plan_steps.ops.asset.shape), path)
  end
end)

-- Making it. --------------------------------------------------------------------------------------------------------

test("S0.3 a release is drafted, filled, checked and made public, in this order; again there is nothing to do", function ()
  local forge = stateful_forge.new()
  local ops = must(planned(forge))
  local doors = work.doors(forge, FILES)
  test.equal(must(work.apply(ops, doors)), "done")
  test.equal(forge.writes, { "create_release", "upload_asset", "upload_asset", "update_release" })
  is_whole(forge)
  test.equal(work.apply(ops, doors), "nothing")
  test.equal(#forge.writes, 4)
end)

test("what a person made of the text of a public release stays", function ()
  local forge = stateful_forge.new()
  local ops, doors = must(planned(forge)), work.doors(forge, FILES)
  must(work.apply(ops, doors))
  forge.list[1].name, forge.list[1].body = "Better", "Typo mended.\r\n\r\n" .. forge.list[1].body:match "<!.*$" .. "\r\n"
  test.equal(work.apply(ops, doors), "nothing")
end)

test("a draft that somebody made public by hand is done", function ()
  local forge = stateful_forge.new()
  local ops, doors = must(planned(forge, { draft = true })), work.doors(forge, FILES)
  test.equal(must(work.apply(ops, doors)), "done")
  test.equal(forge.list[1].draft, true)
  forge.list[1].draft = false
  test.equal(work.apply(ops, doors), "nothing")
end)

test("latest goes with the write that makes the release public", function ()
  local forge = stateful_forge.new()
  local ops = must(planned(forge, { latest = false, assets = false }))
  must(work.apply(ops, work.doors(forge, {})))
  test.equal(forge.list[1].latest, false)
end)

test("a pre-release is never made the latest, whatever the spec says of the others", function ()
  local function latest(more, given) return must(planned(stateful_forge.new(), more, given))[4].args.latest end
  test.equal(latest { latest = true }, true)
  test.equal(latest({ latest = true }, { released = { work.decision("a", "1.0.0-rc.1") } }), nil)
  test.equal(latest { latest = true, prerelease = true }, nil)
end)

-- write, how it fails, what the first run ends in
local FAULTS = {
  { "create_release", "refused", "denied" }, { "create_release", "before", "error" }, { "create_release", "after", "done" },
  { "upload_asset", "refused", "denied" }, { "upload_asset", "before", "done" }, { "upload_asset", "after", "done" },
  { "upload_asset", "starter", "done" },
  { "update_release", "refused", "denied" }, { "update_release", "before", "error" }, { "update_release", "after", "done" },
}

for _, row in ipairs(FAULTS) do
  local method, how, ends = table.unpack(row)
  test(("P8 P12 %s that fails (%s) ends in %s, and the next run makes it one whole release"):format(method, how, ends), function ()
    local forge = stateful_forge.new()
    local ops, doors = must(planned(forge)), work.doors(forge, FILES)
    forge.faults[method] = { how = how, times = 1 }
    local outcome, trouble = work.apply(ops, doors)
    test.equal(outcome or trouble.kind, ends)
    local published = 0
    for _, release in ipairs(forge.list) do if not release.draft then published = published + 1 end end
    test.equal(published, ends == "done" and 1 or 0, "nothing half done is public")
    forge.faults = {}
    outcome, trouble = work.apply(ops, doors)
    test.equal(outcome or tostring(trouble), ends == "done" and "nothing" or "done")
    is_whole(forge)
    test.equal(work.apply(ops, doors), "nothing")
  end)
end

test("P8 an upload that never succeeds is sent twice and no more", function ()
  local forge = stateful_forge.new()
  local ops, doors = must(planned(forge)), work.doors(forge, FILES)
  forge.faults.upload_asset = { how = "starter" }
  local outcome, trouble = work.apply(ops, doors)
  test.equal(outcome, nil)
  test.contains(trouble.text, "reset")
  local sent = 0
  for _, method in ipairs(forge.writes) do sent = sent + (method == "upload_asset" and 1 or 0) end
  test.equal(sent, 2)
  forge.faults = {}
  test.equal(work.apply(ops, doors), "done")
  is_whole(forge)
end)

test("P8 the write that makes a release public is never repeated blindly", function ()
  local forge = stateful_forge.new()
  local ops, doors = must(planned(forge)), work.doors(forge, FILES)
  forge.faults.update_release = { how = "before" }
  local outcome = work.apply(ops, doors)
  test.equal(outcome, nil)
  local sent = 0
  for _, method in ipairs(forge.writes) do sent = sent + (method == "update_release" and 1 or 0) end
  test.equal(sent, 1)
end)

test("P12 no step goes on when the releases cannot be listed", function ()
  local forge = stateful_forge.new()
  local ops = must(planned(forge))
  forge.faults.releases = true
  local outcome, trouble = work.apply(ops, work.doors(forge, FILES))
  test.equal({ outcome, trouble.kind, #forge.writes }, { nil, "denied", 0 })
end)

test("P9 a draft that the forge does not list yet is waited for, and not made twice", function ()
  local forge = stateful_forge.new()
  forge.lag = 3
  local ops, doors = must(planned(forge)), work.doors(forge, FILES)
  test.equal(must(work.apply(ops, doors)), "done")
  test.truthy(#doors.naps > 0)
  is_whole(forge)
end)

test("a draft that is never listed ends in an outcome that is unknown", function ()
  local forge = stateful_forge.new()
  forge.lag = 1000
  local outcome, trouble = work.apply(must(planned(forge)), work.doors(forge, FILES))
  test.equal({ outcome, trouble.kind }, { nil, "error" })
  test.contains(trouble.text, "the forge does not list it")
  test.equal(#forge.list, 1)
end)

-- Drafts that are there. --------------------------------------------------------------------------------------------

-- A forge with drafts of the tag: { { purpose = "ours"|"other"|nil, asset = true|nil }, ... }
local function with_drafts(drafts)
  local forge = stateful_forge.new()
  local ops = must(planned(forge))
  for _, one in ipairs(drafts) do
    local purpose = one.purpose == "ours" and ops[1].args.purpose or one.purpose and ("0"):rep(64)
    local made = forge:create_release { tag = ops[1].args.tag, name = "x", draft = true, prerelease = false,
      body = purpose and release_body.compose("old", purpose) or "by hand" }
    if one.asset then forge:plant(forge.list[#forge.list], { name = "a.whl", size = 5, sha256 = digest.sha256 "wheel" }) end
    one.id = made.id
  end
  forge.writes = {}
  return forge, ops
end

test("a draft of ours is gone on with, and gets the text of today", function ()
  local forge, ops = with_drafts { { purpose = "ours", asset = true } }
  test.equal(must(work.apply(ops, work.doors(forge, FILES))), "done")
  test.equal(forge.writes, { "update_release", "upload_asset", "update_release" })
  is_whole(forge)
  test.equal(forge.list[1].name, "a 1.0.0")
end)

test("P9 of several drafts of ours the first one counts, and the others, empty, are deleted by their id", function ()
  local drafts = { { purpose = "ours" }, { purpose = "ours" }, { purpose = "other" } }
  local forge, ops = with_drafts(drafts)
  test.equal(must(work.apply(ops, work.doors(forge, FILES))), "done")
  is_whole(forge)
  test.equal(forge.list[1].id, drafts[1].id)
end)

test("an empty draft of another try is replaced", function ()
  local forge, ops = with_drafts { { purpose = "other" } }
  test.equal(must(work.apply(ops, work.doors(forge, FILES))), "done")
  is_whole(forge)
end)

-- what is there, part of the reason
for _, row in ipairs {
  { "a draft without our mark", { {} }, "somebody else made draft" },
  { "a draft without our mark beside one of ours", { { purpose = "ours" }, {} }, "somebody else made draft" },
  { "a second draft of ours that holds something", { { purpose = "ours" }, { purpose = "ours", asset = true } }, "assets of another try" },
  { "a draft of another try that holds something", { { purpose = "other", asset = true } }, "assets of another try" },
} do
  test("P9 " .. row[1] .. " stops the release before the first write", function ()
    local forge, ops = with_drafts(row[2])
    local outcome, trouble = work.apply(ops, work.doors(forge, FILES))
    test.equal({ outcome, trouble.kind, #forge.writes }, { nil, "stale", 0 })
    test.contains(trouble.text, row[3])
    test.equal(#forge.list, #row[2])
  end)
end

test("a public release of the tag that is another one stops the release before the first write", function ()
  for _, change in ipairs {
    function (release) release.body = "by hand" end,
    function (release) table.remove(release.assets) end,
    function (release) release.assets[1].digest = "sha256:" .. ("0"):rep(64) end,
  } do
    local forge = stateful_forge.new()
    local ops, doors = must(planned(forge)), work.doors(forge, FILES)
    must(work.apply(ops, doors))
    change(forge.list[1])
    forge.writes = {}
    local outcome, trouble = work.apply(ops, doors)
    test.equal({ outcome, trouble.kind, #forge.writes }, { nil, "stale", 0 })
    test.contains(trouble.text, "is public, and")
  end
end)

test("P11 an asset that nobody planned, in a draft of ours, stops the release before the first write", function ()
  local forge, ops = with_drafts { { purpose = "ours" } }
  forge:plant(forge.list[1], { name = "evil", size = 1, sha256 = ("0"):rep(64) })
  local outcome, trouble = work.apply(ops, work.doors(forge, FILES))
  test.equal({ outcome, trouble.kind, #forge.writes }, { nil, "stale", 0 })
  test.contains(trouble.text, "has an asset evil that nobody planned")
end)

test("P9 a draft that is not listed yet is not given up for a newer one that is", function ()
  local forge = stateful_forge.new()
  local ops, came = must(planned(forge, { assets = false })), false
  forge.lag = 2
  forge.on_call = function (method)
    if method ~= "sleep" or came then return end
    came, forge.lag = true, 0
    -- Another runner's, made later and listed sooner.
    forge:create_release { tag = ops[1].args.tag, name = ops[1].args.name, body = ops[1].args.body, draft = true, prerelease = false }
  end
  test.equal(must(work.apply(ops, work.doors(forge, {}))), "done")
  test.truthy(came)
  test.equal({ #forge.list, forge.list[1].id, forge.list[1].draft }, { 1, 1, false })
end)

test("P9 an empty draft of ours beside the public release is what came too late, and is taken away", function ()
  local forge = stateful_forge.new()
  local ops, doors = must(planned(forge)), work.doors(forge, FILES)
  must(work.apply(ops, doors))
  forge:create_release { tag = ops[1].args.tag, name = "x", body = ops[1].args.body, draft = true, prerelease = false }
  forge.writes = {}
  test.equal(must(work.apply(ops, doors)), "done")
  test.equal(forge.writes, { "delete_release" })
  is_whole(forge)
end)

test("P11 a plan from a file whose mark is not that of its purpose is wrong", function ()
  local ops = must(planned(stateful_forge.new()))
  local args, wrong = ops[1].args, plan_steps.ops.release_draft.wrong
  test.equal(wrong(args), nil)
  args.purpose = ("0"):rep(64)
  test.equal((wrong(args)), "body")
end)

test("a draft that somebody gave another tag is not made public", function ()
  local forge, ops = with_drafts { { purpose = "ours" } }
  local result = { { id = forge.list[1].id, wanted = {} } }
  local probe, doors = plan_steps.ops.release_publish.probe, work.doors(forge, FILES)
  test.equal(probe(ops[4], doors, result), "ABSENT")
  forge.list[1].tag = "a-v9.9.9"
  local state, why = probe(ops[4], doors, result)
  test.equal(state, "DIFFERS")
  test.contains(why, "is of the tag a-v9.9.9 now")
end)

-- The exact set. ----------------------------------------------------------------------------------------------------

-- what happens to the draft in the moment before it is made public, part of the reason
local TAMPERED = {
  { "an extra asset", function (forge, release) forge:plant(release, { name = "evil", size = 1, sha256 = ("0"):rep(64) }) end,
    "an asset evil that nobody planned" },
  { "a missing asset", function (_, release) table.remove(release.assets) end, "is not there" },
  { "a renamed asset", function (_, release) release.assets[1].name = "b.whl" end, "that nobody planned" },
  { "an asset that was uploaded again with other bytes", function (_, release)
    release.assets[1].digest = "sha256:" .. ("0"):rep(64) end, "has the digest 0000000000000000" },
  { "an asset of another size", function (_, release) release.assets[1].size = 3 end, "has 3 bytes" },
  { "an asset of no bytes", function (_, release) release.assets[1].size = 0 end, "its upload did not end" },
  { "an asset whose upload did not end", function (_, release) release.assets[1].state = "starter" end, "its upload did not end" },
  { "an asset whose name differs in case", function (_, release) release.assets[1].name = "A.tar.gz" end, "A.tar.gz that nobody planned" },
  { "an asset of the same name in other case", function (forge, release)
    forge:plant(release, { name = "A.WHL", size = 5, sha256 = digest.sha256 "wheel" }) end, "A.WHL that nobody planned" },
  { "an asset that stands there twice", function (forge, release)
    forge:plant(release, { name = "a.whl", size = 5, sha256 = digest.sha256 "wheel" }) end, "a.whl that nobody planned" },
}

for _, row in ipairs(TAMPERED) do
  for _, told in ipairs { true, false } do
    if told or not row[3]:find "digest" then
      test(("P11 %s is found before the release is public%s"):format(row[1], told and "" or ", also where the forge tells no digests"), function ()
        local forge = stateful_forge.new()
        forge.no_digests = not told
        local ops, doors = must(planned(forge)), work.doors(forge, FILES)
        local uploads = 0
        -- The last look at the list before the write is the one that counts.
        forge.on_call = function (method)
          if method == "upload_asset" then uploads = uploads + 1 end
          if method == "release" and uploads == 2 and forge.writes[#forge.writes] == "upload_asset" and not forge.touched
            and debug.traceback():find "check_ready" then
            forge.touched = true
            row[2](forge, forge.list[1])
          end
        end
        local outcome, trouble = work.apply(ops, doors)
        test.truthy(forge.touched)
        test.equal(outcome, nil)
        test.contains(trouble.text, row[3])
        test.equal(forge.list[1].draft, true)
      end)
    end
  end
end

-- what comes to stand beside our draft in the moment before it is made public
for _, row in ipairs {
  { "a draft of somebody else's", { draft = true, body = "by hand" } },
  { "another draft with our mark", { draft = true, body = release_body.compose("n", ("0"):rep(64)) } },
  { "a public release of the tag", { draft = false, body = "by hand" } },
} do
  test(("P9 %s beside ours stops the release before it is public"):format(row[1]), function ()
    local forge = stateful_forge.new()
    local ops, doors = must(planned(forge)), work.doors(forge, FILES)
    local uploads, came = 0, false
    forge.on_call = function (method)
      if method == "upload_asset" then uploads = uploads + 1 end
      if method ~= "releases" or uploads < 2 or came then return end
      came = true
      forge:create_release { tag = ops[1].args.tag, name = "x", draft = row[2].draft, body = row[2].body, prerelease = false }
    end
    local outcome, trouble = work.apply(ops, doors)
    test.truthy(came)
    test.equal({ outcome, trouble.kind }, { nil, "locked" })
    test.contains(trouble.text, "beside draft 1 of a-v1.0.0 there is release")
    test.equal(forge.list[1].draft, true)
  end)
end

test("P11 an asset whose name differs in case is not taken for ours", function ()
  local forge, ops = with_drafts { { purpose = "ours" } }
  forge:plant(forge.list[1], { name = "A.WHL", size = 5, sha256 = digest.sha256 "wheel" })
  local state, why = plan_steps.ops.asset.probe(ops[3], work.doors(forge, FILES), { { id = forge.list[1].id } })
  test.equal(state, "DIFFERS")
  test.contains(why, "the release has an asset A.WHL, which is a.whl but for upper and lower case")
end)

test("where the forge tells no digests every asset is read once and hashed", function ()
  local forge = stateful_forge.new()
  forge.no_digests = true
  local ops, doors = must(planned(forge)), work.doors(forge, FILES)
  test.equal(must(work.apply(ops, doors)), "done")
  test.equal(forge.downloads, 2)
  is_whole(forge)
end)

test("P11 other bytes under the name of an asset stop the release", function ()
  local forge, ops = with_drafts { { purpose = "ours" } }
  forge:plant(forge.list[1], { name = "a.whl", size = 5, sha256 = ("0"):rep(64) })
  local outcome, trouble = work.apply(ops, work.doors(forge, FILES))
  test.equal({ outcome, trouble.kind, #forge.writes }, { nil, "stale", 0 })
  test.contains(trouble.text, "asset a.whl has the digest 0000000000000000")
end)

test("P9 what another runner sent meanwhile is left as it is: a whole asset stays, a torn one is sent anew", function ()
  local function performs(more)
    local forge, ops = with_drafts { { purpose = "ours" } }
    local sent = { name = "a.whl", size = 5, sha256 = digest.sha256 "wheel" }
    forge:plant(forge.list[1], sent, more)
    test.equal({ plan_steps.ops.asset.perform(ops[3], work.doors(forge, FILES), { { id = forge.list[1].id } }) }, { true })
    return forge.writes
  end
  test.equal(performs(), {})
  test.equal(performs { state = "starter", size = 0 }, { "delete_asset", "upload_asset" })
end)

test("P9 a release that became public meanwhile takes no further asset", function ()
  local forge, ops = with_drafts { { purpose = "ours" } }
  forge.list[1].draft = false
  local done, trouble = plan_steps.ops.asset.perform(ops[3], work.doors(forge, FILES), { { id = forge.list[1].id } })
  test.equal({ done, trouble.kind, #forge.writes }, { nil, "locked", 0 })
end)

test("P11 an asset that the forge renames is taken back, and the release stops", function ()
  local forge = stateful_forge.new()
  forge.renames = function (name) return "x" .. name end
  local outcome, trouble = work.apply(must(planned(forge)), work.doors(forge, FILES))
  test.equal(outcome, nil)
  test.contains(trouble.text, "the forge calls asset a.tar.gz 'xa.tar.gz'")
  test.equal(#forge.list[1].assets, 0)
end)

test("a file that changed since it was planned is not uploaded", function ()
  local forge = stateful_forge.new()
  local ops = must(planned(forge))
  local outcome, trouble = work.apply(ops, work.doors(forge, { ["dist/a.whl"] = "wheel", ["dist/a.tar.gz"] = "changed" }))
  test.equal({ outcome, trouble.kind }, { nil, "stale" })
  test.equal(#forge.list[1].assets, 0)
end)

test("S0.3 a release is not made public when its tag is not on the remote at the planned object", function ()
  for _, refs in ipairs { {}, { ["refs/tags/a-v1.0.0"] = ("c"):rep(40) } } do
    local forge = stateful_forge.new()
    local outcome, trouble = work.apply(must(planned(forge)), work.doors(forge, FILES, refs))
    test.equal({ outcome, trouble.kind }, { nil, "stale" })
    test.contains(trouble.text, "tag a-v1.0.0 on 'origin' is")
    test.equal(forge.list[1].draft, true)
  end
end)

-- Optional. ---------------------------------------------------------------------------------------------------------

test("S1.84 S1.94 an optional release that the forge refuses is a warning", function ()
  for _, method in ipairs { "create_release", "upload_asset", "update_release", "releases" } do
    local forge = stateful_forge.new()
    local ops, doors = must(planned(forge, { optional = true })), work.doors(forge, FILES)
    forge.faults[method] = { how = "refused" }
    test.equal(must(work.apply(ops, doors)), "done", method)
    test.contains(doors.warned[1], "the token may not", method)
    for _, release in ipairs(forge.list) do test.equal(release.draft, true, method) end
  end
end)

test("S1.94 what is in the way of an optional release is a warning, too", function ()
  local forge = stateful_forge.new()
  local ops, doors = must(planned(forge, { optional = true })), work.doors(forge, FILES)
  forge:create_release { tag = ops[1].args.tag, name = "x", draft = true, body = "by hand" }
  test.equal(must(work.apply(ops, doors)), "done")
  test.contains(doors.warned[1], "somebody else made draft")
  test.equal(#forge.list, 1)
end)

-- Several at once. --------------------------------------------------------------------------------------------------

-- Runs that are woven into each other at every call, in an order that a seed decides.
local function weave(forge, ops, runners, seed)
  local threads, ends = {}, {}
  for i = 1, runners do
    threads[i] = coroutine.create(function () return work.apply(ops, work.doors(forge, FILES)) end)
  end
  forge.on_call = function () if coroutine.isyieldable() then coroutine.yield() end end
  while #threads > 0 do
    seed = (seed * 1103515245 + 12345) % 2147483648
    local i = seed // 65536 % #threads + 1
    local ok, outcome, trouble = coroutine.resume(threads[i])
    if not ok then error(outcome) end
    if coroutine.status(threads[i]) == "dead" then
      ends[#ends + 1] = outcome or trouble.kind
      table.remove(threads, i)
    end
  end
  forge.on_call = function () end
  return ends
end

test("P9 however eight runs are woven into each other there is one public release, and one run more leaves nothing beside it", function ()
  for seed = 1, 60 do
    local forge = stateful_forge.new()
    local ops = must(planned(forge))
    local ends = weave(forge, ops, 8, seed)
    local published = 0
    for _, release in ipairs(forge.list) do published = published + (release.draft and 0 or 1) end
    test.truthy(published <= 1, "seed " .. seed)
    for _, how in ipairs(ends) do
      test.truthy(({ done = true, nothing = true, locked = true, error = true, denied = true, stale = true, unknown = true })[how], how)
    end
    local outcome, trouble = work.apply(ops, work.doors(forge, FILES))
    test.truthy(outcome, ("seed %d: %s"):format(seed, tostring(trouble)))
    is_whole(forge, "seed " .. seed)
  end
end)

return test.done()

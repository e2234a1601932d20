--- relrun forge: people on a local forge, in the words that they type and the words that they read.

local test = require "testing"
local local_stage = require "local_stage"

-- A clone of the stage's repository with a release branch, its pull request, and `relrun forge` in it.
local function with(body)
  local_stage.with(function (stage)
    stage.head = stage.commit("release-1", "r.txt", "r\n")
    local pull, trouble = stage.forge:create_pull { title = "Release 1.0.0", body = "", head = "release-1", base = "main" }
    if not pull then error(tostring(trouble)) end
    stage.place:must { "git", "clone", "-q", stage.place:path "demo.git", stage.place:path "work" }
    function stage.say(line, code)
      local argv = { "relrun", "forge" }
      for word in line:gmatch "%S+" do argv[#argv + 1] = (word:gsub("~", " ")) end
      local result = stage.place:run(argv, { cwd = "work", env = { USER = "ann" } })
      test.equal(result.code, code or 0, line .. "\n" .. result.stdout .. result.stderr)
      return ((code or 0) == 0 and result.stdout or result.stderr):gsub(stage.place.dir:gsub("%p", "%%%0"), "PLACE"), nil
    end
    body(stage)
  end)
end

local function short(oid) return oid:sub(1, 12) end

test("S0.16 a person cannot merge a release pull request before its release has happened", function ()
  with(function (stage)
    local before = stage.branch "main"
    test.equal(stage.say "require release", "merges into main need release\n")
    test.equal(stage.say("merge 1", 5),
      "relrun: pull request 1 cannot be merged: required check 'release' is expected\n")
    test.equal(stage.say "status release pending not~yet", "release is pending at " .. short(stage.head) .. "\n")
    test.equal(stage.say "approve 1 --as bob", "bob approved pull request 1 at " .. short(stage.head) .. "\n")
    test.equal(stage.say("merge 1 --as bob", 5),
      "relrun: pull request 1 cannot be merged: required check 'release' is pending\n")
    test.equal(stage.branch "main", before)
    stage.say "status release success"
    test.equal(stage.say "merge 1 --as bob", ("bob merged pull request 1 into main: %s\n"):format(short(stage.branch "main")))
    test.equal(stage.bare:run("log", "-1", "--format=%an: %s", "main"), "bob: Merge pull request #1 from release-1")
    test.equal(stage.say("merge 1", 5), "relrun: pull request 1 is merged\n")
  end)
end)

test("the state tells what stands in the way, and everything that was said", function ()
  with(function (stage)
    stage.say "require release"
    stage.say "set approvals 2"
    stage.say "status release failure"
    stage.say "reject 1 broken --as bob"
    stage.say "label 1 release"
    stage.say "comment 1 soon"
    test.equal(stage.say "issue it~breaks --label blocker", "issue 2 is open\n")
    stage.forge:create_release { tag = "v0.9.0", target = "main" }
    stage.forge:create_release { tag = "v1.0.0", target = "main", draft = true }
    test.equal(stage.say "show", ([[
PLACE/demo.forge  beside PLACE/demo.git  default branch main
protected branches
  main  needs release; 2 approvals
pull requests
  #1  open  release-1 -> main  %s  Release 1.0.0
      labels        release
      statuses      release failure
      reviews       bob changes requested
      cannot merge  required check 'release' is failure, bob requested changes, 0 of 2 approving reviews
issues
  #2  blocker  it breaks
releases
  v1.0.0  draft   4  0 assets
  v0.9.0  public  3  0 assets
]]):format(short(stage.head)))
    stage.say "close 2"
    stage.say "close 1"
    test.contains(stage.say "", "past pull requests\n  #1  closed  release-1 -> main")
  end)
end)

test("S3.28 a run that waits is let go by its reviewers alone, and ends as is said", function ()
  with(function (stage)
    stage.say "set reviewers.production ann,bob"
    stage.say "set environments.publish.yml production"
    test.equal(stage.say "dispatch publish.yml", "run 1 of publish.yml\n")
    test.contains(stage.say "", "  1  publish.yml  main  " .. short(stage.branch "main") .. "  waiting  production pending\n")
    test.contains(stage.say("finish 1 success", 5), "run 1 is waiting")
    test.equal(stage.say("deploy-approve production --as eve", 5),
      "relrun: eve is no reviewer of production; its reviewers are ann, bob\n")
    test.equal(stage.say "deploy-approve production", "ann approved production for run 1\n")
    test.equal(stage.say("deploy-approve production", 5), "relrun: no run waits for production\n")
    test.equal(stage.say "finish 1 success", "run 1 ended: success\n")
    test.equal(stage.say "dispatch publish.yml --at release-1", "run 2 of publish.yml\n")
    test.equal(stage.say "deploy-reject production --at 2", "ann rejected production for run 2\n")
    test.contains(stage.say "", "release-1  " .. short(stage.head) .. "  failure  production rejected\n")
  end)
end)

test("what the owner decides is kept, and what is no decision is refused", function ()
  with(function (stage)
    stage.say "set role.eve read"
    stage.say "set team.org/releasers ann,bob"
    stage.say "set immutable_releases true"
    stage.say "set merge_methods squash"
    stage.say "set strict true --branch dev"
    test.equal(stage.forge:role "eve", "read")
    test.equal(stage.forge:member("org/releasers", "bob"), true)
    test.equal(stage.forge:repository().immutable_releases, true)
    test.equal(stage.forge:repository().merge_methods, { "squash" })
    test.equal(stage.forge:rules "dev".strict, true)
    test.equal(stage.forge:rules "main".protected, false)
    test.contains(stage.say("set aproval 1", 9), "cannot set 'aproval'; did you mean 'approvals'?")
    test.contains(stage.say("set approvals many", 9), "protection: main.approvals: a number is missing")
    test.contains(stage.say("set role.eve boss", 9), "roles: eve: it is none of")
    test.contains(stage.say("label 1 x --as eve", 5), "eve may not label")
    test.contains(stage.say("approve 1 --as a/b", 9), "'a/b' is no user's name")
    test.contains(stage.say("approve 7", 1), "there is no pull request 7")
  end)
end)

-- The user that an approval is said to be of, with these variables.
local function approver(env)
  local line
  with(function (stage) line = stage.place:must({ "relrun", "forge", "approve", "1" }, { cwd = "work", env = env }) end)
  return line:match "^(%S+) approved pull request 1"
end

test("without --as it is the user of this machine, also where USER is not set, as in containers and cron", function ()
  test.equal(approver { USER = "ann", LOGNAME = "bob" }, "ann")
  test.equal(approver { LOGNAME = "bob" }, "bob")
  local name
  with(function (stage) name = stage.place:must { "id", "-un" } end)
  test.equal(approver {} .. "\n", name)
end)

-- A user whom no list of the system's names, as in a container that was started with a bare number; root alone can be one.
local function as_a_stranger(stage, ...)
  local here = stage.place
  if here:must { "id", "-u" } ~= "0\n" or here:run({ "setpriv", "--version" }).code ~= 0 then
    test.skip "needs root and setpriv"
  end
  local argv = { "setpriv", "--reuid", "54321", "--inh-caps", "+dac_override", "--ambient-caps", "+dac_override", "relrun", ... }
  return here:run(argv, { cwd = "work" })
end

test("a user whom nobody can name is asked to name one", function ()
  with(function (stage)
    local forge = stage.place:path "demo.forge"
    local result = as_a_stranger(stage, "forge", "approve", "1", "--forge", forge)
    test.equal({ result.code, result.stderr }, { 9, "relrun: this machine does not say who you are; name one with --as USER\n" })
    test.contains(stage.say "show", "#1  open")
    test.lacks(stage.say "show", "approved")
  end)
end)

test("the forge is the one that --forge names, or that release.lua says, or beside origin", function ()
  with(function (stage)
    local here = stage.place
    here:must { "git", "clone", "-q", "--bare", here:path "demo.git", here:path "other.git" }
    local other = stage.say("show --forge ../other.forge")
    test.equal(other, "PLACE/other.forge  beside PLACE/other.git  default branch main\n")
    here:write("work/release.lua", [[
release "demo" {
  packages = package "demo" { files = { "VERSION" } },
  forge = local_forge "../other.forge",
}
lane "final" { base = "main", steps = { bump {}, commit {}, tag {} } }
]])
    test.equal(stage.say "show", other)
    test.contains(stage.say("show --forge ../absent.forge", 1), "there is no bare repository")
    here:must({ "git", "remote", "set-url", "origin", "https://github.com/o/r.git" }, { cwd = "work" })
    here:must { "rm", here:path "work/release.lua" }
    test.equal(stage.say("show", 9), "relrun: the forge of this release is https://github.com, and relrun forge plays on "
      .. "local ones; use gh, or name a local forge with --forge DIRECTORY\n")
  end)
end)

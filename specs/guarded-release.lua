-- A release that nobody can merge before it has happened, and whose steps cannot run in the wrong order.
--
--   relrun prepare   a branch releases/1.2.0 at the tip of main, one commit for each edit; its pull request, whose text is
--                    the notes; and on its head the lock: the status `release`, pending
--   people           edit the notes, review, approve: that starts the release
--   relrun publish   a tag on the very head that was approved; the builds that it needs; the forge's release as a draft, its
--                    files, then public; the lock is freed when all of it can be reached; and relrun merges that head, with a
--                    merge commit, so that main holds the tag
--   relrun guard     says on all other pull requests that they are no release, so that the required check holds up nobody
--
-- A head that moved (somebody pressed "Update branch") is not what was prepared: it is locked again and never published.
-- The lock holds what the forge is told to hold: make `release` a required check of the base branch, for admins too.
-- Otherwise relrun releases nothing.
--
-- To change more than the options allow, have it written out and edit that: relrun init --from guarded-release

local options = options_of(..., {
  { name = "name", type = "string", required = true, doc = "the name of the whole" },
  { name = "identity", type = "string", required = true,
    doc = "author of the release commits, \"Name <mail>\": relrun knows them by message and author" },
  { name = "packages", type = "word or table",
    doc = "what is released, as in `release`; a place with a `message` gets a commit of its own" },
  { name = "version", type = "word", default = semver {}, doc = "the version scheme; semver {} when absent" },
  { name = "tag", type = "string or function", default = "v{version}", doc = "the tag format" },
  { name = "message", type = "string", default = "Release {version}", doc = "the message of the commit for all other edits" },
  { name = "changelog", type = "word", doc = "the changelog style; no changelog file when absent" },
  { name = "main", type = "string", default = "main", doc = "the branch that is released and merged into" },
  { name = "candidates", type = "string",
    doc = "a label such as \"rc\": a second lane `candidate` releases pre-releases in the same way" },
  { name = "title", type = "string or function", default = "Updates for {version}", doc = "the title of the pull request" },
  { name = "labels", type = "table or string", doc = "labels of the pull request" },
  { name = "checks", type = "table or string", doc = "checks that must be green on the head, such as \"build\"; none when absent" },
  { name = "reviews", type = "integer", default = 1, doc = "how many people must approve the head" },
  { name = "teams", type = "table or string", doc = "teams whose approvals count, \"org/slug\"; whoever may write when absent" },
  { name = "trust", type = "boolean", default = false,
    doc = "believe that the lock holds administrators too, where the token may not see it; else it needs the right to read the administration" },
  { name = "build", type = "string",
    doc = "a workflow that is started at the tag and has to end well before the release is public, such as one that pushes the image" },
  { name = "assets", type = "table or string", doc = "files of the forge's release: { \"dist/*\" }" },
  { name = "images", type = "table or string", doc = "images that must be in their registry before the lock is freed" },
  { name = "urls", type = "table or string", doc = "addresses that must answer before the lock is freed" },
  { name = "remote", type = "string", default = "origin", doc = "the git remote" },
  { name = "forge", type = "word", doc = "where the pull request lives; told from the remote's URL when absent" },
  { name = "repository", type = "string",
    doc = "the repository's web address, for links; from the remote's URL when absent" },
})

release(options.name) {
  packages = options.packages,
  version = options.version,
  tag = options.tag,
  changelog = options.changelog,
  message = options.message,
  remote = options.remote,
  forge = options.forge,
  repository = options.repository,
  identity = options.identity,
}

local approval = { reviews { count = options.reviews, teams = options.teams } }
if options.checks then approval[2] = checks(options.checks) end

local function guarded(name, branches, label)
  local steps = { branch(branches), bump { prerelease = label } }
  local function add(step) steps[#steps + 1] = step end
  if options.changelog then add(changelog {}) end
  add(commit { per = "edit" })
  add(pull_request { title = options.title, labels = options.labels, lock = "release", method = "merge" })
  add(tag {})
  add(push {})
  if options.build then add(dispatch { options.build, watch = true }) end
  add(forge_release { notes = "pull_request", assets = options.assets })
  add(reachable { images = options.images, urls = options.urls })
  lane(name) {
    when = { dispatched, approved }, base = options.main, merge = "after",
    gates = { required_check { "release", trust = options.trust } }, approval = approval, steps = steps,
  }
end

guarded("release", "releases/{version}", nil)
if options.candidates then guarded("candidate", "candidates/{version}", options.candidates) end

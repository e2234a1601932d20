-- A release that nobody can merge before it has happened, and whose steps cannot run in the wrong order.
--
--   relrun prepare   a branch releases/1.2.0 at the tip of main, one commit for each edit; its pull request, whose text is
--                    the notes; and on its head the lock: the status `release`, pending
--   people           edit the notes, review, approve: that starts the release
--   relrun publish   a tag on the very head that was approved; the forge's release as a draft, its files, then public; the
--                    lock is freed; and relrun merges that head, with a merge commit, so that main holds the tag
--   relrun guard     says on all other pull requests that they are no release, so that the required check holds up nobody
--
-- A head that moved (somebody pressed "Update branch") is not what was prepared: it is locked again and never published.
-- The lock holds what the forge is told to hold: make `release` a required check of the base branch, for admins too.
--
-- To change more than the options allow, copy this file over your release.lua and edit it.

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

local function guarded(name, branches, label)
  local steps = { branch(branches), bump { prerelease = label } }
  if options.changelog then steps[#steps + 1] = changelog {} end
  for _, step in ipairs {
    commit { per = "edit" },
    pull_request { title = options.title, labels = options.labels, lock = "release", method = "merge" },
    tag {}, push {},
  } do steps[#steps + 1] = step end
  lane(name) { when = { dispatched, approved }, base = options.main, merge = "after", steps = steps }
end

guarded("release", "releases/{version}", nil)
if options.candidates then guarded("candidate", "candidates/{version}", options.candidates) end

--- The forge: what a git server knows beside refs. Pull requests, reviews, checks, issues, releases and their assets,
-- workflow runs. One interface and several backends (stdlib/forge/NAME.lua); planning reaches its reads through the
-- observing door, and only apply reaches its writes. Everything below is plain data, normalised, so that one suite
-- of tests holds for every backend and no gate or step knows which one it talks to.
--
-- Every method answers its value, or nil and a problem. A problem of kind "unknown" means that a write may have
-- happened. "Absent" is an empty list or `false`, and is answered only when the forge said so: a refusal, a rate limit
-- or a page that is missing is a problem.

local remote_url = require "remote_url"
local text = require "text"

local forge = {}

---@class forge.repository
---@field name string "owner/name", or the path of a local one
---@field web string|false where people look at it
---@field default_branch string
---@field private boolean
---@field permission "admin"|"maintain"|"write"|"triage"|"read"|"none"|false what our token may; false where it is not told
---@field merge_methods string[] of "merge", "squash", "rebase": those that the repository allows
---@field auto_merge boolean
---@field immutable_releases boolean

---@class forge.rules what protects a branch, classic protection and rulesets together
---@field protected boolean
---@field required_checks forge.required_check[] sorted by name
---@field strict boolean a head must be up to date with the base
---@field pull_request_required boolean
---@field approvals integer how many approving reviews the forge itself asks for
---@field force_push boolean whether a forced update is allowed
---@field deletion boolean
---@field merge forge.merge_rules

---@class forge.required_check of several protections that require it, the one that holds most people
---@field name string
---@field app integer|false the app alone that it is taken from
---@field enforced_for_admins boolean|nil nil where the token may not see it
---@field bypass boolean|nil some actor may go past what requires it; nil where the token may not see it

---@class forge.merge_rules what the branch asks of a merge by this very token: what it may go past is left out
---@field methods string[] those that the branch's rules allow, sorted; forge.repository has those of the repository
---@field linear boolean no merge commits
---@field queue boolean a merge queue alone merges
---@field locked boolean nobody may
---@field strict boolean the head must be up to date with the base
---@field approvals integer how many approving reviews
---@field reviewed boolean a person's requested changes stand against it
---@field checks { name: string, app: integer|false }[] those that must be green, sorted by name
---@field others string[] what else is asked for, in words for people, sorted: nobody here judges it
---@field seen boolean false: the token may not see all of it, and what it does not see is left out

---@class forge.pull
---@field number integer
---@field title string
---@field body string
---@field state "open"|"closed"|"merged"
---@field draft boolean
---@field head { branch: string, oid: string, repository: string|false } repository false: the fork is gone
---@field base { branch: string, oid: string }
---@field same_repository boolean the head's branch is this repository's own
---@field author string
---@field labels string[] sorted
---@field mergeable boolean|nil nil while the forge computes it
---@field blocked boolean|nil the forge refuses a merge at the moment; nil where it does not tell
---@field url string

---@class forge.review
---@field user string
---@field state "approved"|"changes_requested"|"dismissed"|"commented"|"pending"
---@field oid string|false the commit that was looked at
---@field time string RFC 3339

---@class forge.check one name at one commit: the latest of a name and source, and the worst of what one app said under it
--- for different events or workflows
---@field name string
---@field source "check"|"status"
---@field state "success"|"failure"|"pending"|"skipped"|"neutral"|"error"|"cancelled"|"timed_out"|"action_required"|"stale"
---@field description string
---@field url string|false
---@field app integer|false

---@class forge.issue
---@field number integer
---@field title string
---@field labels string[] sorted
---@field url string

---@class forge.asset
---@field id integer
---@field name string
---@field label string
---@field size integer
---@field state "uploaded"|"starter" starter: an upload that was begun and never ended
---@field digest string|false "sha256:HEX"
---@field content_type string
---@field url string where anybody can fetch it once the release is public

---@class forge.release
---@field id integer
---@field tag string "" of a draft that nobody gave one
---@field target string the commit or branch at which the forge would make the tag
---@field name string
---@field body string
---@field draft boolean
---@field prerelease boolean
---@field immutable boolean
---@field assets forge.asset[] sorted by name
---@field url string

---@class forge.run
---@field id integer
---@field workflow string its file name, "release.yml"
---@field name string
---@field event string
---@field branch string
---@field oid string
---@field attempt integer
---@field status "queued"|"in_progress"|"waiting"|"completed"
---@field conclusion string|false
---@field title string what the run calls itself (run-name)
---@field url string

---@class forge.approval one decision on an environment, for one run
---@field environment string
---@field state "approved"|"rejected"|"pending"
---@field user string|false
---@field comment string

---@class forge.environment
---@field name string
---@field reviewers string[]|false who must approve, sorted; false: nobody must
---@field wait_minutes integer

--- The reads: what the observing door may ask, with their arguments.
--   repository()                                   -> forge.repository
--   can(capability)                                -> { can = true } or { can = false, why = one line }. No request. "pulls", "drafts", "prereleases", "assets",
--                                                     "asset_digests", "immutable_releases", "statuses", "checks", "reviews", "teams", "issues", "labels",
--                                                     "environments", "dispatch", "run_ids", "immediate_runs", "atomic_refs", "merge", "protection"
--   rules(branch)                                  -> forge.rules
--   identity()                                     -> { app = boolean|nil }  is the token an app's? nil where the forge does not tell
--   poster(oid, context)                           -> { user = login, app = id|false|nil }|false  whose the latest status of this name is; app
--                                                     false: a person's; nil: the forge does not tell which app's
--   pulls { state=, base=, head= }                 -> forge.pull[]  by number; state "open" (default) or "all"; head is a branch of this repository
--   pull(number)                                   -> forge.pull|false
--   reviews(number)                                -> forge.review[]  in the order of time
--   comments(number)                               -> { id, user, body }[]  of a pull request or issue, in the order of time
--   role(user)                                     -> "admin"|"maintain"|"write"|"triage"|"read"|"none"
--   member(team, user)                             -> boolean; team "org/slug"; pending is false
--   checks(oid, names|nil)                         -> forge.check[]  both surfaces, by name and source; only these names when given
--   issues { labels = { ... } }                    -> forge.issue[]  open ones that carry all of the labels, no pull requests, by number
--   releases()                                     -> forge.release[]  drafts included (a problem where the token may not see them), by id
--   release(id)                                    -> forge.release|false  drafts too; false when it is gone
--   runs { workflow=, branch=, oid=, event=, since= }  -> forge.run[]  newest first; since: started at this moment (seconds) or later
--   run(id)                                        -> forge.run|false
--   approvals(run)                                 -> forge.approval[]  what was decided and what is pending, by environment
--   environment(name)                              -> forge.environment|false
--   compare(base, head)                            -> { status = "identical"|"ahead"|"behind"|"diverged", ahead = n, behind = n }
--   reach(url)                                     -> { status = n, size = bytes|false }  as anybody, without credentials; of any server (forge/reach.lua)
--   image(reference)                               -> { digest = "sha256:HEX" }|false  of an image "host/name:tag" in its registry, as anybody
forge.reads = {
  "repository", "can", "rules", "identity", "poster", "pulls", "pull", "reviews", "comments", "role", "member", "checks", "issues",
  "releases", "release", "runs", "run", "approvals", "environment", "compare", "reach", "image",
}

--- The writes: what apply may do.
--   create_pull { title=, body=, head=, base=, draft= }          -> forge.pull
--   update_pull(number, { title=, body=, state= })               -> forge.pull
--   merge_pull(number, { oid=, method=, title=, message= })      -> { oid = merge commit }; never without the head's oid; a head that moved is "stale"
--   post_status(oid, { context=, state=, description=, url=, app= })  -> true; state "pending"|"success"|"failure"|"error"; with `app` it is
--                                                                   denied where it turns out to be posted as anybody else (it stands all the same)
--   add_labels(number, names)                                    -> true
--   comment(number, body)                                        -> true
--   create_release { tag=, target=, name=, body=, draft=, prerelease=, latest= }  -> forge.release; latest true|false|nil (the forge decides)
--   update_release(id, { name=, body=, draft=, prerelease=, latest=, tag=, target= }) -> forge.release
--   delete_release(id)                                           -> true; refuses one that is no draft
--   upload_asset(release id, { name=, path=, size=, sha256=, content_type=, label= }, progress|nil) -> forge.asset, as the forge names it
--   delete_asset(id)                                             -> true
--   download_asset(id, { path=, size= })                         -> { sha256=, size= }; into a new file, never more than `size`
--   dispatch { workflow=, ref=, inputs= }                        -> { id = run|false }; false where the forge does not tell which run it became
--   fetch(url)                                                   -> { status=, sha256=, size= }; as anybody, without credentials
forge.writes = {
  "create_pull", "update_pull", "merge_pull", "post_status", "add_labels", "comment", "create_release",
  "update_release", "delete_release", "upload_asset", "delete_asset", "download_asset", "dispatch", "fetch",
}

local is_read = {}
for _, name in ipairs(forge.reads) do is_read[name] = true end

--- May planning ask this?
---@param method string
---@return boolean
function forge.is_read(method) return is_read[method] or false end

--- Does the second commit that `compare` was asked about hold the first one?
---@param found { status: string }
---@return boolean
function forge.holds(found) return found.status == "identical" or found.status == "ahead" end

--- Some fields of an answer, for those who ask about no more: what is left out may change without anybody's caring.
---@param value any an answer; what is no table stays as it is, and of a list each item is narrowed
---@param fields string[]|nil all of it when absent
---@return any
function forge.narrowed(value, fields)
  if type(value) ~= "table" or not fields then return value end
  local narrow = {}
  for i, item in ipairs(value) do narrow[i] = forge.narrowed(item, fields) end
  if #narrow > 0 then return narrow end
  for _, name in ipairs(fields) do narrow[name] = value[name] end
  return narrow
end

-- CI says that it runs for one repository, and the remote's URL names another: refs would go to the one, and releases and
-- statuses to the other. On CI's own server it may be the same one by an older name, which only the server knows. A host that
-- is not known to be GitHub's may be a mirror.
local function disagreement(record, host, path, repository, server)
  if record.repository or path:lower() == repository:lower() then return nil end
  local remote_host = host:lower() == "ssh.github.com" and "github.com" or host:lower()
  local same = server:lower():match "^https?://([^/]+)" == remote_host
  if not same and remote_host ~= "github.com" and not remote_host:find "%.ghe%.com$"
    and (record.word ~= "github" or record.host) then
    return nil
  end
  return { name = path, same_server = same,
    why = ("this run is of the repository %s on %s, and the remote is %s on %s; refs would go to the one, and releases and statuses to the other")
      :format(text.line(repository), text.line(server), text.line(path), text.line(host)) }
end

--- What to do where CI and the remote name two repositories.
forge.NAME_REPOSITORY = "give the remote the repository's URL, or say in the release which one is meant: forge = github { repository = \"OWNER/NAME\" }"

-- The addresses of GitHub, or of a GitHub Enterprise server. On CI the server's own words about itself win, because a
-- test or a mirror may stand in its place; off CI they follow from the host.
local function github_target(record, host, path, env, url_from)
  local repository = record.repository or env "GITHUB_REPOSITORY" or path
  local server = env "GITHUB_SERVER_URL"
  local named = server and env "GITHUB_API_URL"
  local same = named and server:lower():match "^https?://([^/]+)" == (record.host or host):lower()
  if named and (same or env "GITHUB_ACTIONS" == "true") then
    local beside = disagreement(record, host, path, repository, server)
    if beside and not beside.same_server then return nil, beside.why, forge.NAME_REPOSITORY end
    return { kind = "github", server = server, api = named, graphql = env "GITHUB_GRAPHQL_URL" or named .. "/graphql",
      repository = repository, beside = beside }
  end
  -- A host that only the spec names, as the forge's or in a remote that is a URL, is marked: no token goes there.
  local other = record.host and record.host:lower() ~= host:lower():gsub(":%d+$", "")
  local host_from = (other or url_from == "spec") and "spec" or nil
  host = (record.host or host):lower()
  if host == "github.com" or host == "ssh.github.com" then
    return { kind = "github", server = "https://github.com", api = "https://api.github.com",
      graphql = "https://api.github.com/graphql", repository = record.repository or path }
  elseif host:find "%.ghe%.com$" then
    return { kind = "github", server = "https://" .. host, api = "https://api." .. host,
      graphql = "https://api." .. host .. "/graphql", repository = record.repository or path, host_from = host_from }
  elseif record.word == "github" then
    return { kind = "github", server = "https://" .. host, api = ("https://%s/api/v3"):format(host),
      graphql = ("https://%s/api/graphql"):format(host), repository = record.repository or path, host_from = host_from }
  end
  return nil, ("%s is no forge that relrun knows; say forge = github {} for a GitHub Enterprise server"):format(
    text.line(host))
end

--- Where a release's forge is, told from the spec's `forge`, the remote's URL and what CI says of itself. Pure.
---@param record table|nil the spec's record of a word of kind forge
---@param url string the remote's URL
---@param env fun(name: string): string|nil
---@param url_from "spec"|nil "spec": the clone has no such remote, and the spec itself gives the URL
---@return table|nil target { kind = "github", server=, api=, graphql=, repository=, host_from = "spec"|nil, beside =|nil } or
---  { kind = "local", path= }; host_from: nobody but the spec names the host, so it gets no token; beside: { name =, why = }, what
---  the remote calls the repository, where it must be the same one by an older name
---@return string|nil why there is none, and what to say in the spec
---@return string|nil todo where that is not it
function forge.target(record, url, env, url_from)
  if record and record.word == "local_forge" then
    if record.path then return { kind = "local", path = record.path } end
  elseif not record or record.word == "github" then
    local host, path = remote_url.split(url)
    if host then return github_target(record or {}, host, path, env, url_from) end
  end
  local place = url:match "^file://(/.*)$" or url:find "^[/.]" and url
  if place and not (record and record.word == "github") then
    return { kind = "local", path = (place:gsub("/+$", ""):gsub("%.git$", "")) .. ".forge" }
  end
  return nil, ("the remote's URL %s names no forge"):format(text.line(url))
end

return forge

--- What the status of a lock says, and whose words they are: prepare's and publish's, or the guard's. A status belongs to a
-- commit, and a commit may be the head of several pull requests, now and later; so the words, not the pull request, tell
-- what may be said over them. Whoever may write can post any of them; what that leaves open is said in
-- docs/guarded-release.md. Pure.

local lock_words = {}

--- How prepare begins, on the head that it made.
lock_words.PREPARED = "prepared "

--- How publish begins while it is at work.
lock_words.UNDER_WAY = "releasing "

--- How publish begins where the lane merges in order to release.
lock_words.APPROVED = "approved; merged in order to release "

--- How the status begins when publish stopped.
lock_words.STOPPED = "stopped: "

--- How the lock of an older release's head begins once a newer one takes its place. Only publish says anything else of it.
lock_words.SAID = "superseded: "

--- The guard's, of what brings no release along.
lock_words.NOT_RELEASE = "not a release"

--- How the guard begins of the head of a lane's pull request. Only prepare and publish say anything else of it.
lock_words.HELD = "passes when it is released by lane "

--- How the guard begins of what brings somebody else's release along, and of what a merge queue made.
lock_words.BRINGS, lock_words.GROUP = "it brings #", "#"

--- What the guard may say something new over, wherever it looks: its own words, but for those on the head of a release.
lock_words.OPEN = { lock_words.NOT_RELEASE, lock_words.BRINGS, lock_words.GROUP }

--- What the guard says something new over on the head of a release: of that it frees no lock.
lock_words.OPEN_ON_HEAD = { lock_words.NOT_RELEASE }

--- Does what is said begin with one of these?
---@param said string
---@param beginnings string[]
---@return boolean
function lock_words.begins(said, beginnings)
  for _, beginning in ipairs(beginnings) do
    if said:sub(1, #beginning) == beginning then return true end
  end
  return false
end

--- Is the lock free? The guard's word that a commit is no release does not free the lock of one.
---@param check { source: string, state: string, description: string }
---@return boolean
function lock_words.is_free(check)
  return check.source == "status" and check.state == "success" and check.description ~= lock_words.NOT_RELEASE
end

local OF_RELEASE = { lock_words.PREPARED, lock_words.UNDER_WAY, lock_words.APPROVED, lock_words.STOPPED, lock_words.SAID }

--- Did prepare or publish say this, and not the guard?
---@param check { source: string, state: string, description: string }
---@return boolean
function lock_words.is_of_release(check)
  if check.source ~= "status" then return false end
  return lock_words.begins(check.description, OF_RELEASE)
    or check.state == "success" and not lock_words.begins(check.description, lock_words.OPEN)
end

return lock_words

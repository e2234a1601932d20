--- Merging: always of a stated head, and a refusal is told apart. GitHub answers 409 when the head moved, and 405 for
-- what its rules forbid, for a base branch that moved while it was merging and for a merge that it is at already; the
-- words are the only difference.

local problem = require "problem"
local text = require "text"

local merge = {}

local METHODS = { merge = true, squash = true, rebase = true }
local TRIES = 4

-- What passes by itself. A merge that is at work already may be ours or anybody's: it is asked for again at the same head
-- alone, and looked for before.
local PASSING = { "base branch was modified", "merge already in progress" }

local function is_passing(message)
  for _, words in ipairs(PASSING) do
    if message:lower():find(words, 1, true) then return true end
  end
  return false
end

local function short(oid) return oid:sub(1, 12) end

local function moved(number, oid, now)
  return problem.refuse("stale", ("the head of pull request #%d is no longer %s%s"):format(number, short(oid),
    now and " but " .. short(now) or ""), "run prepare again: what was prepared is not what would be merged")
end

-- What became of the pull request that GitHub would not merge: gone, merged by somebody, moved, or still the same.
local function look_again(self, number, oid)
  local pull, trouble = self:pull(number)
  if pull == nil then return nil, trouble end
  if not pull then return problem.refuse("error", ("pull request #%d is gone"):format(number)) end
  if pull.head.oid ~= oid then return moved(number, oid, pull.head.oid) end
  if pull.state == "merged" then
    return problem.refuse("stale", ("pull request #%d was merged by somebody meanwhile"):format(number),
      "run the same command again")
  elseif pull.state == "closed" then
    return problem.refuse("denied", ("pull request #%d is closed"):format(number),
      "open it again, or run prepare again")
  end
  return pull
end

--- See forge.writes.
---@param number integer
---@param options { oid: string, method: string|nil, title: string|nil, message: string|nil }
---@return { oid: string }|nil, problem
function merge.merge_pull(self, number, options)
  local method = options.method or "merge"
  if not METHODS[method] then error("no such method of merging: " .. tostring(method), 2) end
  if not (options.oid or ""):find "^%x+$" then error("a merge names its head: oid", 2) end
  for try = 1, TRIES do
    local done, trouble, fault = self.rest:write("PUT", self:at("pulls/%d/merge", number), {
      sha = options.oid, merge_method = method, commit_title = options.title, commit_message = options.message,
    }, { needs = "contents: write and pull requests: write", read = function (f, record)
      if not f.flag(record, "merged") then return { oid = false } end
      return { oid = f.text(record, "sha") }
    end })
    if done then
      if done.oid then return done end
      return problem.refuse("unknown", ("GitHub took the merge of pull request #%d, and does not say that it is merged")
        :format(number), "run the same command again")
    end
    if not fault then return nil, trouble end
    if fault.status == 409 then return moved(number, options.oid) end
    if fault.status ~= 405 then return nil, trouble end
    local pull, changed = look_again(self, number, options.oid)
    if not pull then return nil, changed end
    if not is_passing(fault.message) or try == TRIES then
      return problem.refuse("denied", ("pull request #%d cannot be merged: %s"):format(number,
        text.shorten(text.line(fault.message ~= "" and fault.message or "GitHub says no more than 405"), 400)),
        pull.mergeable == false and "resolve its conflicts with the base branch" or
          "see what the branch's rules ask for: " .. text.line(pull.url))
    end
    local ok, interrupted = self.rest:sleep(self.rest.pause_ms * try)
    if not ok then return nil, interrupted end
  end
end

return merge

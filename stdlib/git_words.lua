--- What git says when it fails: its complaint in one line, and what that means to whoever reads it. Pure.

local problem = require "problem"
local text = require "text"

local git_words = {}

--- The lines of git's complaint that say something, as one line.
---@param result table proc.run's
---@return string
function git_words.complaint(result)
  local lines = {}
  for line in (result.stderr .. "\n"):gmatch("(.-)\r?\n") do
    if line:find("%S") and not line:find("^hint:") and not line:find("^Pushing to")
      and not line:find("^error: failed to push") then
      lines[#lines + 1] = text.line((line:gsub("^fatal: ", ""):gsub("^error: ", "")))
    end
  end
  if #lines == 0 then
    return result.timed_out and "git gave no answer in time" or ("git ended with status %d"):format(result.code)
  end
  return table.concat(lines, " / ", 1, math.min(#lines, 6))
end

-- Each row: a pattern of git's words, and what to do.
local REMEDIES = {
  { "[Aa]uthentication failed", "check the credentials that git uses for this remote" },
  { "could not read Username",
    "give git credentials for this remote (a credential helper, or http.extraheader as CI does)" },
  { "terminal prompts disabled",
    "give git credentials for this remote (a credential helper, or http.extraheader as CI does)" },
  { "error: 40[13]", "the account that git uses may not do this" },
  { "Permission denied %(publickey", "add an ssh key that the server accepts" },
  { "Host key verification failed", "add the server to known_hosts" },
  { "[Nn]o such remote", "name the remote in the spec: release \"...\" { remote = \"...\" }" },
  { "does not appear to be a git repository", "check the remote's address: git remote -v" },
  { "[Rr]epository .*not found", "check the remote's address and the account's access" },
  { "Could not resolve host", "check the network and the remote's address" },
  { "does not support %-%-atomic",
    "this server cannot push all or nothing; say push { atomic = false } if that will do" },
}

--- What such a complaint means to the person who reads it; nil where nothing better than its own words is known.
---@param words string
---@return string|nil
function git_words.remedy(words)
  for _, row in ipairs(REMEDIES) do
    if words:find(row[1]) then return row[2] end
  end
end

--- Git's failure as a problem.
---@param kind string
---@param where string what was asked of git, or of whom
---@param result table proc.run's
---@return nil, problem
function git_words.refusal(kind, where, result)
  local words = git_words.complaint(result)
  return problem.refuse(kind, where .. ": " .. words, git_words.remedy(words))
end

return git_words

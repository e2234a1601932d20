--- The fault matrix (P8, P12): a guarded release on the test forge, in which one request goes wrong in one way. For every
-- write of its two halves: the run converges by itself or stops with one clear line, and the same command then ends in the
-- state of the release that nobody disturbed. For every read: it stops and writes nothing more.

local diff = require "diff"
local flow = require "flow"

local matrix = {}

-- The requests that write, by half: name, method, path, how many of the kind come before it.
matrix.WRITES = {
  prepare = {
    { "push of the lock", "POST", "git%-receive%-pack$", 1 }, { "push of the branch", "POST", "git%-receive%-pack$", 2 },
    { "create_pull", "POST", "/pulls$", 1 }, { "add_labels", "POST", "/issues/1/labels$", 1 },
    { "post_status pending", "POST", "/statuses/", 1 },
  },
  publish = {
    { "post_status releasing", "POST", "/statuses/", 1 }, { "push of the lock", "POST", "git%-receive%-pack$", 1 },
    { "push of the tag", "POST", "git%-receive%-pack$", 2 }, { "create_release", "POST", "/releases$", 1 },
    { "upload_asset", "POST", "/assets$", 1 }, { "upload_asset again", "POST", "/assets$", 2 },
    { "update_release", "PATCH", "/releases/[0-9]+$", 1 }, { "post_status success", "POST", "/statuses/", 2 },
    { "merge_pull", "PUT", "/pulls/1/merge$", 1 }, { "push of the unlock", "POST", "git%-receive%-pack$", 3 },
  },
}

-- What goes wrong: a name and the fault's row (tests/forge/faults.py).
matrix.FAULTS = {
  { "refused connection", { fault = "refuse", before = true, ms = 300 } },
  { "reset before", { fault = "reset_before" } },
  { "reset after", { fault = "reset_after" } },
  { "timeout before", { fault = "timeout_before" } },
  { "timeout after", { fault = "timeout_after" } },
  { "502 before", { fault = "status", status = 502 } },
  { "502 after", { fault = "status", status = 502, when = "after" } },
  { "truncated", { fault = "truncate" } },
  { "429", { fault = "rate_limited", seconds = 1 } },
  { "403", { fault = "permission" } },
  { "422", { fault = "invalid" } },
  { "starter", { fault = "starter" } },
  { "starter and reset", { fault = "starter", reset = true } },
}

--- Every cell of a half: { half, write, fault, row }. A starter is an upload's alone.
---@param half "prepare"|"publish"
---@return table[]
function matrix.cells(half)
  local cells = {}
  for _, write in ipairs(matrix.WRITES[half]) do
    for _, fault in ipairs(matrix.FAULTS) do
      if fault[2].fault ~= "starter" or write[1]:find "^upload" then
        local row = { method = write[2], path = write[3]:gsub("%%", "\\"):gsub("%$$", "(\\?|$)"), nth = write[4] }
        for key, value in pairs(fault[2]) do row[key] = value end
        -- libcurl itself sends a request again whose old connection was reset.
        if write[1]:find "^push" then row.times = 2 end
        cells[#cells + 1] = { name = ("%s, %s: %s"):format(half, write[1], fault[1]), row = row, half = half }
      end
    end
  end
  return cells
end

-- What goes wrong with a read, every time that it is asked again.
matrix.READ_FAULTS = {
  { "reset", { fault = "reset_before" } }, { "401", { fault = "answer", status = 401, json = { message = "Bad credentials" } } },
  { "403", { fault = "permission" } }, { "404", { fault = "answer", status = 404, json = { message = "Not Found" } } },
  { "500", { fault = "status", status = 500 } }, { "truncated", { fault = "truncate" } },
  { "wrong type", { fault = "wrong_type" } }, { "dropped page", { fault = "drop_page" } },
}

local function escaped(text) return (text:gsub("[%.%+%?%(%)%[%]%^%$|*{}\\]", "\\%0")) end

--- Every read of a half as a cell: a request of the undisturbed run, from that one on.
---@param half "prepare"|"publish"
---@param log table[] of the forge, of the undisturbed run
---@return table[]
function matrix.reads(half, log)
  local cells, seen = {}, {}
  for _, entry in ipairs(log) do
    if entry.method == "GET" and not entry.path:find "%.git/" then
      local path = escaped(entry.path) .. (entry.query ~= "" and "\\?" .. escaped(entry.query) or "") .. "$"
      seen[path] = (seen[path] or 0) + 1
      for _, fault in ipairs(matrix.READ_FAULTS) do
        local is_list = entry.query:find("per_page=100", 1, true)
        if fault[1] ~= "dropped page" or is_list then
          local row = { method = "GET", path = path, nth = seen[path], times = 0 }
          for key, value in pairs(fault[2]) do row[key] = value end
          cells[#cells + 1] = { name = ("%s, GET %s, time %d: %s"):format(half, entry.path, seen[path], fault[1]), row = row,
            half = half, path = entry.path, fault = fault[1] }
        end
      end
    end
  end
  return cells
end

-- Nobody waits long for what never comes; what is only slow, on a machine that has more to do, is waited for.
local HURRY = { RELRUN_HTTP_IDLE = "2" }
local function patience(cell)
  if cell.row.fault:find "^timeout" then return { env = HURRY } end
end

-- What a run may end with that a fault disturbed: done, an error, denied, locked, unknown.
local FINE = { [0] = true, [1] = true, [5] = true, [7] = true, [8] = true }

-- And of a read: what is told wrongly may look stale, or like something to wait for.
local FINE_READ = { [0] = true, [1] = true, [3] = true, [5] = true, [6] = true, [7] = true, [8] = true }

-- One clear line, and no trace of our own.
local function wrong_words(result)
  if result.stderr:find "stack traceback" then return "it raised" end
  local _, lines = result.stderr:gsub("relrun: ", "")
  if result.code ~= 0 and lines ~= 1 then return ("%d lines say why"):format(lines) end
end

-- The lines in which two states differ.
local function difference(expected, actual)
  local function lines_of(text)
    local lines = {}
    for line in text:gmatch "[^\n]+" do lines[#lines + 1] = line end
    return lines
  end
  local told = {}
  for line in ((diff.lines(lines_of(expected), lines_of(actual)) or "") .. "\n"):gmatch "([^\n]*)\n" do
    if line:find "^  [-+]" then told[#told + 1] = line end
  end
  return table.concat(told, "\n")
end

local function tell(result) return ("exit %d\n%s"):format(result.code, result.stderr) end

--- The states of the undisturbed release after each half, and the keeping of the state in which `half` begins.
---@param release table a flow
---@param half "prepare"|"publish"
---@return string state
function matrix.begin(release, half)
  if half == "publish" then release:prepared() end
  release:keep()
  release:forget()
  release:must(flow.command(half))
  return release:state()
end

--- One cell: nil when all is as it should be, else what is not.
---@param release table
---@param cell table
---@param undisturbed string
---@return string|nil problem, table first the disturbed run
function matrix.try(release, cell, undisturbed)
  release:restore()
  release.hub.fault(cell.row)
  local first = release:run(flow.command(cell.half), patience(cell))
  -- Until it listens again the forge's own doors are closed, too.
  if cell.row.fault == "refuse" then release.place:run { "sleep", tostring(cell.row.ms / 1000 + 0.1) } end
  local struck = false
  for _, row in ipairs(release.hub.admin("GET", "faults")) do struck = struck or row.struck > 0 end
  release.hub.admin("DELETE", "faults")
  if not struck then return "the fault never struck: " .. tell(first), first end
  local wrong = wrong_words(first) or not FINE[first.code] and "no exit code of the contract"
  if wrong then return wrong .. ": " .. tell(first), first end
  if first.code == 0 and release:state() ~= undisturbed then
    return "done, and not as it should be:\n" .. difference(undisturbed, release:state()), first
  end
  local again = release:run(flow.command(cell.half))
  if again.code ~= 0 and again.code ~= 4 then
    return ("the next run does not converge: %sbefore it: %s"):format(tell(again), tell(first)), first
  end
  if release:state() ~= undisturbed then
    return ("converged to another state:\n%s\nafter %sthen %s"):format(difference(undisturbed, release:state()), tell(first),
      tell(again)), first
  end
  return nil, first
end

-- What a run may say once it has stopped: the lock is given back, and the status tells why.
local function is_stopping(entry)
  return entry.path:find "git%-receive%-pack$" or entry.path:find "git%-upload%-pack$" or entry.path:find "/statuses/"
end

-- What is not sent anew cannot be spoilt; nor can a refusal by another body, which is one by its status. Where its words
-- matter ("no such commit" is no failure) the run may stop at what it cannot understand.
local function is_beyond_spoiling(cell, status)
  return status == 304 or status >= 400 and (cell.fault == "wrong type" or cell.fault == "dropped page")
end

--- One cell of a read: it stops, and nothing is written after the fault but what stopping says; where the answer is one
-- that says "there is none" or "not told", the release may come out whole. Then the same command converges.
---@param release table
---@param cell table
---@param undisturbed string
---@return string|nil problem, table first the disturbed run
function matrix.try_read(release, cell, undisturbed)
  release:restore()
  release.hub.fault(cell.row)
  local first = release:run(flow.command(cell.half), patience(cell))
  local log = release.hub.log()
  release.hub.admin("DELETE", "faults")
  local struck, spared, wrote = false, false, nil
  for _, entry in ipairs(log) do
    if entry.fault and not is_beyond_spoiling(cell, entry.status) then
      struck = true
    elseif entry.fault then
      spared = true
    elseif struck and entry.method ~= "GET" and not is_stopping(entry) then
      wrote = wrote or entry.method .. " " .. entry.path
    end
  end
  if not struck and not spared then return "the fault never struck: " .. tell(first), first end
  local wrong = wrong_words(first) or not FINE_READ[first.code] and "no exit code of the contract"
  if wrong then return wrong .. ": " .. tell(first), first end
  if first.code == 0 then
    if struck and not matrix.may_pass(cell) then return "it went on without the answer: " .. tell(first), first end
    if release:state() ~= undisturbed then
      return "done, and not as it should be:\n" .. difference(undisturbed, release:state()), first
    end
    return nil, first
  end
  if wrote then return ("it wrote after the fault: %s; %s"):format(wrote, tell(first)), first end
  local again = release:run(flow.command(cell.half))
  if again.code ~= 0 and again.code ~= 4 then
    return ("the next run does not converge: %sbefore it: %s"):format(tell(again), tell(first)), first
  end
  if release:state() ~= undisturbed then
    return "converged to another state:\n" .. difference(undisturbed, release:state()), first
  end
  return nil, first
end

-- Answers that GitHub gives to a token of less rights, and that are told as such: who may go past a rule counts as not
-- known (this lane trusts it), an app's token is known by what answers it, and prepare makes no use of that.
local TOLD = {
  -- Of a branch that is not there nothing is protected; the rulesets are asked all the same.
  { "/branches/main$", "404" }, { "/protection$", "403 404" }, { "/rulesets/%d+$", "403 404" },
  { "/immutable%-releases$", "403 404" }, { "/installation/repositories$", "401 403 404", "prepare" },
}

--- May the release come out whole in spite of this fault?
---@param cell table
---@return boolean
function matrix.may_pass(cell)
  for _, row in ipairs(TOLD) do
    if cell.path:find(row[1]) and row[2]:find(cell.fault, 1, true) and (row[3] or cell.half) == cell.half then return true end
  end
  return false
end

return matrix

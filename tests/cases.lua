--- Runs the cases: cases.lua [--update] [--only TEXT] [--build DIR] [--jobs N] [FILE...]; exits 1 when one
--- failed.
-- Without files it runs all of tests/cases/*.case, in processes of its own, so that two cores are used.
-- --update writes what happened into the case files: read the difference before you commit it.

package.path = "tests/lib/?.lua;" .. package.path
local file = require "host.file"
local proc = require "host.proc"
local case = require "case"
local judge = require "judge"
local place = require "place"

local FOLDER = "tests/cases"

local function options_of(words)
  local options, at = { files = {}, jobs = 2 }, 1
  while words[at] do
    local word = words[at]
    if word == "--update" then
      options.update = true
    elseif word == "--only" or word == "--build" or word == "--jobs" or word == "--worker" then
      at = at + 1
      options[word:sub(3)] = assert(words[at], word .. " takes a value")
    elseif word:sub(1, 2) == "--" then
      error("unknown option " .. word)
    else
      options.files[#options.files + 1] = word
    end
    at = at + 1
  end
  return options
end

local function files_of(options)
  if #options.files > 0 then return options.files end
  local files = {}
  for _, name in ipairs(assert(file.list(FOLDER))) do
    if name:find "%.case$" and (not options.only or name:find(options.only, 1, true)) then
      files[#files + 1] = FOLDER .. "/" .. name
    end
  end
  return files
end

-- One case: its report, or nil when it passed; true as well when the report tells of a good update.
local function try(path, update)
  local text, message = file.read(path)
  local self
  if text then self, message = case.parse(text) end
  if not self then return ("FAILED: %s: %s"):format(path, message) end
  local ran, problems = xpcall(judge.try, debug.traceback, self)
  if not ran then problems = { problems } end
  if #problems == 0 then return nil end
  if update and ran then
    local new = case.format(self)
    if new ~= text then
      assert(file.write(path, new))
      -- Again from the file: an expectation that only a person can change may still fail, and so may one that
      -- does not hold twice.
      local report = try(path, false)
      return report or ("updated: %s"):format(path), not report
    end
  end
  return ("FAILED: %s\n  %s\n  %s"):format(self.title, path, table.concat(problems, "\n"):gsub("\n", "\n  "))
end

-- Runs every n-th file; prints one report per failed case and the counts, which the parent reads.
local function work(options)
  local passed, failed = 0, 0
  for _, path in ipairs(files_of(options)) do
    local report, updated = try(path, options.update)
    if report then print(report) end
    if report and not updated then failed = failed + 1 else passed = passed + 1 end
  end
  return passed, failed
end

-- Deals the files to workers and adds up what they say.
local function spread(options, files)
  local passed, failed = 0, 0
  place.with(function (here)
    local workers = {}
    for n = 1, options.jobs do
      local argv = { place.build .. "/relrun", "lua", "tests/cases.lua", "--worker", tostring(n),
        "--build", place.build }
      if options.update then argv[#argv + 1] = "--update" end
      for i = n, #files, options.jobs do argv[#argv + 1] = files[i] end
      local log = here:path("worker-" .. n)
      workers[n] = { log = log, process = assert(proc.start { argv = argv, stdout = log, stderr = log }) }
    end
    for _, worker in ipairs(workers) do
      local ended = worker.process:wait()
      local text = assert(file.read(worker.log))
      local p, f = text:match "(%d+) passed, (%d+) failed\n$"
      if not p then
        print(("FAILED: a worker ended with %d\n%s"):format(ended.code, text))
        p, f = 0, 1
      else
        local reports = text:gsub("%d+ passed, %d+ failed\n$", "")
        if reports ~= "" then print((reports:gsub("\n$", ""))) end
      end
      passed, failed = passed + tonumber(p), failed + tonumber(f)
    end
  end)
  return passed, failed
end

local options = options_of(arg)
options.jobs = tonumber(options.jobs)
place.build = options.build or place.build
local files = files_of(options)
local passed, failed
if options.worker or options.jobs == 1 or #files < 2 then
  passed, failed = work(options)
else
  passed, failed = spread(options, files)
end
print(("%d passed, %d failed"):format(passed, failed))
if failed > 0 then os.exit(1) end

--- Determinism (P1): one command, run many times under different circumstances, has to produce the same bytes.
--
--     local report = determinism.run {
--       stage = stage, runs = 1000,
--       command = function (out) return { "relrun", "plan", "release.lua", "-o", out } end,
--     }
--     test.equal(report.distinct, 1)
--
-- The circumstances are locale, time zone, directory, home, umask, and an environment of another order and size
-- each time; the address layout changes by itself. Run k of a seed has the same circumstances on every machine.

local digest = require "host.digest"
local file = require "host.file"
local proc = require "host.proc"

local determinism = {}

determinism.LOCALES = { "C", "C.utf8", "de_DE.UTF-8", "tr_TR.UTF-8", "ja_JP.UTF-8" }
determinism.ZONES = { "UTC", "Asia/Kolkata", "America/St_Johns", "Pacific/Kiritimati", "Europe/Berlin",
  "<-12>+12" }
determinism.FOLDERS = { "work", "elsewhere", "a folder/mit Ümlaut", "d/e/e/p/e/r" }
local UMASKS = { "022", "077", "002" }

-- A sequence that depends on nothing but its seed (Knuth's MMIX numbers, upper bits).
local function sequence(seed)
  local state = seed
  return function (n)
    state = state * 6364136223846793005 + 1442695040888963407
    return (state >> 33) % n + 1
  end
end

local function shuffle(list, random)
  for i = #list, 2, -1 do
    local j = random(i)
    list[i], list[j] = list[j], list[i]
  end
  return list
end

--- Makes the locales that the machine lacks, once per build, in a folder of ours.
---@param place table
---@return string folder  for LOCPATH
---@return string[] names  those that there are
function determinism.locales(place)
  local folder = place.tools .. "/locales"
  local names = {}
  assert(file.mkdir(folder))
  for _, name in ipairs(determinism.LOCALES) do
    local language = name:match "^(%l%l_%u%u)%.UTF%-8$"
    -- localedef writes into the folder step by step; renaming makes a half-made locale impossible.
    if not language or file.stat(folder .. "/" .. name) then
      names[#names + 1] = name
    elseif place:run({ "sh", "-c", 'localedef -i "$1" -f UTF-8 "$2.new" && mv "$2.new" "$2"', "-", language,
      folder .. "/" .. name }).code == 0 then
      names[#names + 1] = name
    end
  end
  return folder, names
end

-- The clone, and copies of it in other folders.
local function prepare_folders(stage)
  for _, name in ipairs(determinism.FOLDERS) do
    if name ~= "work" then
      assert(file.mkdir(stage.place:path(name):match "^(.*)/"))
      stage.place:must { "cp", "-a", stage.place:path "work", stage.place:path(name) }
    end
  end
end

-- The circumstances of run number k.
local function circumstances(k, random, names)
  return {
    number = k,
    locale = names[random(#names)], zone = determinism.ZONES[random(#determinism.ZONES)],
    folder = determinism.FOLDERS[(k - 1) % #determinism.FOLDERS + 1], umask = UMASKS[random(#UMASKS)],
  }
end

local function describe(c)
  return ("run %d: LC_ALL=%s TZ=%s umask %s in '%s'"):format(c.number, c.locale, c.zone, c.umask, c.folder)
end

-- The whole argument vector: an environment in random order, with random company, then the command.
local function vector(self, c, random)
  local place, env = self.stage.place, {}
  for name, value in pairs(place.env) do env[name] = value end
  for name, value in pairs(self.env or {}) do env[name] = value or nil end
  env.LC_ALL, env.LANG, env.TZ, env.LOCPATH = c.locale, c.locale, c.zone, self.locpath
  env.HOME = place:path("home-" .. random(2))
  for i = 1, random(6) do env["COMPANY_" .. i] = ("x"):rep(random(300)) end
  local list = {}
  for name, value in pairs(env) do list[#list + 1] = name .. "=" .. value end
  table.sort(list) -- `pairs` has its own order in every process; the shuffle must not
  shuffle(list, random)
  -- The shell comes first, because it hands on an environment in an order of its own.
  local argv = table.move(list, 1, #list, 7, { "sh", "-c", 'umask "$0"; exec "$@"', c.umask, "env", "-i" })
  local command = self.command(c.out)
  return table.move(command, 1, #command, #argv + 1, argv)
end

local function start(self, k)
  local place = self.stage.place
  local c = circumstances(k, self.random, self.names)
  c.out, c.log = place:path("out/" .. k), place:path("out/log-" .. k)
  c.process = assert(proc.start {
    argv = vector(self, c, self.random), cwd = place:path(c.folder), stdout = c.log, stderr = c.log,
  })
  return c
end

-- Takes in one finished run.
local function finish(self, c)
  local report, ended = self.report, c.process:wait()
  local bytes = file.read(c.out)
  if ended.code ~= 0 and ended.code ~= 2 or not bytes then
    table.insert(report.failures, ("%s: exit %d\n%s"):format(describe(c), ended.code, file.read(c.log) or ""))
  else
    local hash = assert(digest.sha256(bytes))
    if not report.digests[hash] then
      report.digests[hash], report.distinct = 0, report.distinct + 1
      table.insert(report.first, hash .. " " .. describe(c))
    end
    report.digests[hash] = report.digests[hash] + 1
  end
  file.remove(c.out)
  file.remove(c.log)
end

--- Runs the command again and again. Options: stage (a scene), command(out) -> argv that writes the file `out`;
--- optional: runs (100), jobs (2), seed (1), env (changes).
---@param options table
---@return table report  { distinct =, digests = {hex = times}, first = {the first run of each digest},
---   failures = {text...}, locales = {names} }
function determinism.run(options)
  local place = options.stage.place
  local self = { stage = options.stage, command = options.command, env = options.env,
    random = sequence(options.seed or 1), report = { distinct = 0, digests = {}, first = {}, failures = {} } }
  self.locpath, self.names = determinism.locales(place)
  self.report.locales = self.names
  prepare_folders(options.stage)
  assert(file.mkdir(place:path "out"))
  for n = 1, 2 do place:write("home-" .. n .. "/.gitconfig", place:read "home/.gitconfig") end

  local running, jobs = {}, options.jobs or 2
  for k = 1, options.runs or 100 do
    if #running == jobs then finish(self, table.remove(running, 1)) end
    running[#running + 1] = start(self, k)
  end
  for _, c in ipairs(running) do finish(self, c) end
  return self.report
end

return determinism

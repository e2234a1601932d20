--- Runs functions beside each other, each as a coroutine. Where one of them makes a request or sleeps, it waits; when all of
-- them wait, what they ask for goes out in one go, in the functions' order, and each goes on with its own answer, as if it had
-- been alone. Requests and naps come through `together.http` and `together.clock`, which outside of such a run are what they
-- wrap. Between two rounds nothing is under way. Pure: the primitives are arguments.

local together = {}

-- As many transfers at a time as GitHub's own client (gh release upload) has.
local AT_MOST = 5

-- How much goes out before anybody is heard again: if a server asks to wait, no more than this has been sent meanwhile. A
-- download counts twice, because its file stays on the disk until its round is over; a mere read does not count.
local ROUND = 2 * AT_MOST

-- The coroutines of the run, and nobody else's.
local members = setmetatable({}, { __mode = "k" })

---@class together.wait what a function waits for: an answer, or the end of a nap
---@field http table|nil
---@field request table|nil
---@field clock table|nil
---@field ms integer|nil
local Wait = {}

-- What the scheduler brings: the values of what was waited for, or the error that it raised.
local function brought(ok, ...)
  if not ok then error((...), 0) end
  return ...
end

local function wait_for(wait) return brought(coroutine.yield(setmetatable(wait, Wait))) end

--- host.http, or something with its functions, whose `request` waits for the others of a run. Within a run a request's own
--- `progress` is not called: the run's is; and a request may be withheld: nil, why, "withheld".
---@param http table
---@return table
function together.http(http)
  local function request(options)
    if not members[coroutine.running()] then return http.request(options) end
    return wait_for { http = http, request = options }
  end
  return setmetatable({ request = request }, { __index = http })
end

--- host.clock, or something with its functions, whose `sleep` waits for the others of a run.
---@param clock table
---@return table
function together.clock(clock)
  local function sleep(ms)
    if not members[coroutine.running()] then return clock.sleep(ms) end
    return wait_for { clock = clock, ms = ms }
  end
  return setmetatable({ sleep = sleep }, { __index = clock })
end

local function alike(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  for key, value in pairs(a) do
    if not alike(value, b[key]) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

local function is_read(request) return not request.sink and (request.method == "GET" or request.method == "HEAD") end

-- The place of a read that is the same as this one: what several ask in the same moment is asked once.
local function place_of(requests, request)
  if not is_read(request) then return nil end
  for i, other in ipairs(requests) do
    if alike(request, other) then return i end
  end
end

-- The requests of the next round and who waits for which: those over one border, as far as there is room.
local function gather(waits, count)
  local requests, askers, http, room = {}, {}, nil, ROUND
  for i = 1, count do
    local wait = waits[i]
    if wait and (not http or http == wait.http) then
      http = wait.http
      local request = {}
      for key, value in pairs(wait.request) do request[key] = value end
      request.progress = nil
      local at, cost = place_of(requests, request), is_read(request) and 0 or request.sink and 2 or 1
      if not at and cost <= room then
        room, at = room - cost, #requests + 1
        requests[at] = request
      end
      if at then askers[#askers + 1] = { i, at } end
    end
  end
  return http, requests, askers
end

-- Who is asked to wait makes all wait: a limit is everybody's. They wait as long as the one that waits longest.
local function nap(waits, count, go)
  local sleepers, longest, clock = {}, 0, nil
  for i = 1, count do
    if waits[i] and waits[i].ms then
      sleepers[#sleepers + 1], longest, clock = i, math.max(longest, waits[i].ms), clock or waits[i].clock
    end
  end
  if not clock then return false end
  local slept = table.pack(pcall(clock.sleep, longest))
  for _, i in ipairs(sleepers) do go(i, table.unpack(slept, 1, slept.n)) end
  return true
end

-- Answers whoever waits for a request that is withheld. Mere reads still go out: by them people learn what came of what was
-- sent before.
local function withhold(why, waits, count, go)
  for i = 1, count do
    while waits[i] and waits[i].request and not is_read(waits[i].request) do go(i, true, nil, why, "withheld") end
  end
end

-- http.parallel answers { answer = } or { message =, kind = }, where http.request gives an answer, or nil, message, kind.
local function exchange(waits, count, go, progress)
  local http, requests, askers = gather(waits, count)
  local ok, results = pcall(http.parallel, requests, { at_most = AT_MOST, progress = progress })
  for _, asker in ipairs(askers) do
    local i, result = asker[1], ok and results[asker[2]]
    if not result then
      go(i, false, results)
    elseif result.answer then
      go(i, true, result.answer)
    else
      go(i, true, nil, result.message, result.kind)
    end
  end
end

--- Runs functions beside each other. `settled(i, ...)` is told what each one returned, in the order of the list. An error that
--- one of them raises is raised here, after all others were told; of several errors the first one. A run inside of a run raises.
---@param functions (fun(): any)[]
---@param settled fun(i: integer, ...: any)
---@param options { progress: nil|fun(done: integer), enough: nil|fun(i: integer, ...: any): boolean, withhold: nil|fun(): any }|nil
---  progress: told how many bytes of files moved so far; enough: told what one returned, when it does; true: those that were not
---  begun yet stay so; withhold: asked before each round for a reason to send no more writes and no downloads; where it has one,
---  each such request is answered nil, that reason, "withheld", and never goes out
---@return integer begun the functions up to this one were begun
function together.run(functions, settled, options)
  if members[coroutine.running()] then error("together.run inside of what runs together", 2) end
  options = options or {}
  local threads, waits, ended, raised, told, moved, halted = {}, {}, {}, nil, 0, 0, false

  local go
  function go(i, ...)
    local back = table.pack(coroutine.resume(threads[i], ...))
    local wait = back[2]
    waits[i] = nil
    if coroutine.status(threads[i]) == "dead" then
      -- Where it was raised is on the coroutine's stack, and on no other.
      if not back[1] and type(wait) == "string" then back[2] = debug.traceback(threads[i], wait) end
      ended[i] = back
      halted = halted or not back[1] or options.enough and options.enough(i, table.unpack(back, 2, back.n))
    elseif getmetatable(wait) == Wait then
      waits[i] = wait
    elseif coroutine.isyieldable() then
      -- Not for us: whoever runs us waits for it.
      return go(i, coroutine.yield(table.unpack(back, 2, back.n)))
    else
      coroutine.close(threads[i])
      halted, ended[i] = true, { false, "what runs together waits for requests and naps only", n = 2 }
    end
  end
  local function tell()
    while ended[told + 1] do
      told = told + 1
      local back = ended[told]
      if back[1] then settled(told, table.unpack(back, 2, back.n)) else raised = raised or back end
    end
  end

  for i, act in ipairs(functions) do
    threads[i] = coroutine.create(act)
    members[threads[i]] = true
    go(i)
    if halted then break end
  end
  tell()
  while next(waits) do
    local why = options.withhold and options.withhold()
    if why ~= nil then withhold(why, waits, #threads, go) end
    if next(waits) and not nap(waits, #threads, go) then
      local now = 0
      exchange(waits, #threads, go, options.progress and function (done)
        now = done
        options.progress(moved + now)
      end)
      moved = moved + now
    end
    tell()
  end
  if raised then error(raised[2], 0) end
  return #threads
end

return together

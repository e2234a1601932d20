--- Functions that run beside each other over a border that is made up: what goes out when, who is answered what, and what
-- becomes of errors.

local test = require "testing"
local together = require "together"

-- A border that keeps what went out, a list for each round. `answer(request)` gives what http.parallel would.
local function border(answer)
  local it = { rounds = {}, options = {}, alone = {}, naps = {} }
  local http = { origin = function (url) return url end }
  function http.request(request)
    it.alone[#it.alone + 1] = request.url
    return { status = 200, body = "alone" }
  end
  function http.parallel(requests, options)
    local urls, results = {}, {}
    for i, request in ipairs(requests) do
      urls[i] = request.url
      results[i] = answer and answer(request, options) or { answer = { status = 200, body = request.url } }
    end
    it.rounds[#it.rounds + 1], it.options[#it.options + 1] = urls, options
    return results
  end
  it.http = together.http(http)
  it.clock = together.clock { now = function () return 7 end, sleep = function (ms)
    it.naps[#it.naps + 1] = ms
    if it.interrupts then return nil, "interrupted" end
    return true
  end }
  return it
end

local function post(it, url, more)
  local request = { method = "POST", url = url }
  for key, value in pairs(more or {}) do request[key] = value end
  return it.http.request(request)
end

local function get(it, url, more)
  local request = { method = "GET", url = url }
  for key, value in pairs(more or {}) do request[key] = value end
  return it.http.request(request)
end

-- What was told of each function, in the order of the telling.
local function run(functions, options)
  local told = {}
  local begun = together.run(functions, function (i, ...) told[#told + 1] = { i, ... } end, options)
  return told, begun
end

test("outside of a run requests and naps are those of the border", function ()
  local it = border()
  test.equal(get(it, "a").body, "alone")
  test.equal({ it.http.origin "x", it.clock.now(), it.clock.sleep(5) }, { "x", 7, true })
  test.equal({ it.alone, it.naps, #it.rounds }, { { "a" }, { 5 }, 0 })
end)

test("what all ask for goes out in one go, in their order, and each goes on with its own answer", function ()
  local it = border()
  local functions = {}
  for i = 1, 3 do
    functions[i] = function () return post(it, "a" .. i).body, post(it, "b" .. i).body end
  end
  test.equal(run(functions), { { 1, "a1", "b1" }, { 2, "a2", "b2" }, { 3, "a3", "b3" } })
  test.equal(it.rounds, { { "a1", "a2", "a3" }, { "b1", "b2", "b3" } })
  test.equal(it.alone, {})
end)

test("functions of different lengths are woven in one order, and told in that of the list", function ()
  local it = border()
  local function steps(name, count)
    return function ()
      for i = 1, count do post(it, name .. i) end
      return name
    end
  end
  test.equal(run { steps("a", 3), steps("b", 1), function () return "c" end, steps("d", 2) },
    { { 1, "a" }, { 2, "b" }, { 3, "c" }, { 4, "d" } })
  test.equal(it.rounds, { { "a1", "b1", "d1" }, { "a2", "d2" }, { "a3" } })
end)

test("nothing is nothing, and one alone goes its way", function ()
  local it = border()
  test.equal({ run {} }, { {}, 0 })
  test.equal({ run { function () return post(it, "a").body end } }, { { { 1, "a" } }, 1 })
end)

test("a failure is told as http.request tells it", function ()
  local it = border(function () return { message = "no connection", kind = "unsent" } end)
  test.equal(run { function ()
    local answer, message, kind = post(it, "a")
    return tostring(answer), message, kind
  end }, { { 1, "nil", "no connection", "unsent" } })
end)

test("a round sends no more than ten requests, five at a time; five of those that write files", function ()
  local it, functions, downloads = border(), {}, {}
  for i = 1, 23 do functions[i] = function () post(it, "p" .. i) end end
  for i = 1, 7 do downloads[i] = function () get(it, "same", { sink = "/tmp/x" }) end end
  run(functions)
  test.equal({ #it.rounds, #it.rounds[1], #it.rounds[2], #it.rounds[3] }, { 3, 10, 10, 3 })
  test.equal({ it.rounds[1][1], it.rounds[2][1], it.rounds[3][3], it.options[1].at_most }, { "p1", "p11", "p23", 5 })
  it.rounds = {}
  functions[3] = function () get(it, "g3") end
  run(functions)
  test.equal({ #it.rounds, #it.rounds[1], #it.rounds[2], #it.rounds[3] }, { 3, 11, 10, 2 })
  it.rounds = {}
  run(downloads)
  test.equal({ #it.rounds, #it.rounds[1], #it.rounds[2] }, { 2, 5, 2 })
end)

test("a read that several ask for in the same moment is asked once; writes and other reads are not", function ()
  local it, functions = border(), {}
  for i = 1, 20 do
    functions[i] = function () return get(it, "release", { headers = { Accept = "json" } }).body end
  end
  functions[21] = function () return get(it, "release", { headers = { Accept = "json", ["If-None-Match"] = "e" } }).body end
  functions[22] = function () return get(it, "release").body end
  functions[23] = function () return post(it, "release").body end
  functions[24] = function () return post(it, "release").body end
  local told = run(functions)
  test.equal(it.rounds, { { "release", "release", "release", "release", "release" } })
  test.equal({ #told, told[20][2] }, { 24, "release" })
end)

test("a server that asks one to wait makes all wait, once, and as long as the longest", function ()
  local it, order = border(), {}
  local function waiting(name, ms)
    return function ()
      order[#order + 1] = name
      local ok = it.clock.sleep(ms)
      post(it, name)
      return ok
    end
  end
  test.equal(run { waiting("a", 60000), function () post(it, "x") end, waiting("b", 1000) },
    { { 1, true }, { 2 }, { 3, true } })
  test.equal({ it.naps, it.rounds }, { { 60000 }, { { "a", "x", "b" } } })
end)

test("an interrupt ends the naps of all", function ()
  local it = border()
  it.interrupts = true
  local function sleepy() return select(2, it.clock.sleep(5)) end
  test.equal(run { sleepy, sleepy }, { { 1, "interrupted" }, { 2, "interrupted" } })
  test.equal(it.naps, { 5 })
end)

test("an error is raised after all others were told, and of several the first of the list", function ()
  local it, told = border(), {}
  local function broken(url)
    return function ()
      post(it, url)
      error("broken " .. url)
    end
  end
  test.raises(function ()
    together.run({ function () post(it, "a") post(it, "b") post(it, "c") return "fine" end, broken "d", broken "e",
      function () post(it, "f") return "fine, too" end }, function (i, value) told[i] = value end)
  end, "broken d")
  test.equal({ told[1], told[4] }, { "fine", "fine, too" })
  test.equal(it.rounds[3], { "c" })
end)

test("an error tells where it was raised, and a value that is no text stays what it is", function ()
  local it, value = border(), {}
  local ok, message = pcall(run, { function () post(it, "a") error("broken") end })
  test.equal(ok, false)
  test.contains(message, "test_together.lua")
  test.contains(message, "stack traceback")
  ok, message = pcall(run, { function () error(value) end })
  test.equal({ ok, message == value }, { false, true })
end)

test("misuse that http.parallel raises is raised where the request was made", function ()
  local it = border(function () error("option 'url' is missing", 0) end)
  local seen
  test.equal(run { function ()
    local ok, message = pcall(post, it, "a")
    seen = { ok, message }
    return "went on"
  end }, { { 1, "went on" } })
  test.equal(seen, { false, "option 'url' is missing" })
end)

test("those that come after one who had enough are not begun; those before it end in order", function ()
  local it, begun = border(), {}
  local functions = {}
  for i = 1, 4 do
    functions[i] = function ()
      begun[i] = true
      if i == 3 then return nil, "no file" end
      return post(it, "p" .. i).body
    end
  end
  local told, count = run(functions, { enough = function (_, value) return value == nil end })
  test.equal({ count, begun[4] }, { 3, nil })
  test.equal(told, { { 1, "p1" }, { 2, "p2" }, { 3, nil, "no file" } })
end)

test("one who has had enough when all were begun holds back nobody", function ()
  local it, functions = border(), {}
  for i = 1, 12 do functions[i] = function () return post(it, "p" .. i).status ~= 200 or nil end end
  local told, count = run(functions, { enough = function (_, value) return value == nil end })
  test.equal({ count, #told }, { 12, 12 })
end)

-- Functions that read, write and read again, the writes of which `refused` decides; `it.withheld` is what withholds.
local function writers(it, count)
  local functions = {}
  for i = 1, count do
    functions[i] = function ()
      get(it, "before")
      local answer, why, kind = post(it, "p" .. i)
      if not answer then return nil, why, kind end
      if answer.status ~= 201 then
        it.withheld = it.withheld or "asked too often"
        return nil, answer.status
      end
      return get(it, "after").body
    end
  end
  return functions
end

local function limiting(limited)
  return border(function (request)
    local status = request.method == "GET" and 200 or limited[request.url] and 429 or 201
    return { answer = { status = status, body = request.url } }
  end)
end

test("P12 what is withheld is not sent: whoever waits for it is told why, and what was sent is concluded", function ()
  local it = limiting { p2 = true }
  local told, begun = run(writers(it, 23), { withhold = function () return it.withheld end })
  test.equal({ #it.rounds, #it.rounds[1], #it.rounds[2], it.rounds[3] }, { 3, 1, 10, { "after" } })
  test.equal({ begun, #told }, { 23, 23 })
  test.equal({ told[1], told[2], told[10], told[11], told[23] }, { { 1, "after" }, { 2, nil, 429 }, { 10, "after" },
    { 11, nil, "asked too often", "withheld" }, { 23, nil, "asked too often", "withheld" } })
end)

test("P12 what is withheld from the beginning on is never sent, but for mere reads", function ()
  local it = border()
  local told = run({ function () return get(it, "g").body, post(it, "a") end,
    function () return get(it, "d", { sink = "/tmp/x" }) end,
    function () return (select(2, post(it, "b"))), (select(2, post(it, "c"))) end },
    { withhold = function () return "closed" end })
  test.equal(it.rounds, { { "g" } })
  test.equal(told, { { 1, "g", nil, "closed", "withheld" }, { 2, nil, "closed", "withheld" }, { 3, "closed", "closed" } })
end)

test("P12 who was asked to wait meanwhile is told afterwards that it is withheld", function ()
  local it = limiting { p1 = true }
  local told = run({ writers(it, 1)[1], function ()
    get(it, "before")
    post(it, "early")
    it.clock.sleep(5)
    return (select(2, post(it, "late")))
  end }, { withhold = function () return it.withheld end })
  test.equal({ it.rounds, it.naps }, { { { "before" }, { "p1", "early" } }, { 5 } })
  test.equal(told[2], { 2, "asked too often" })
end)

test("the bytes that moved are told for all rounds together, and a request's own progress is not asked", function ()
  local it = border(function (request, options)
    test.equal(request.progress, nil)
    options.progress(10, 10)
    return { answer = { status = 200 } }
  end)
  local done = {}
  local function twice()
    post(it, "a", { progress = function () error "nobody asked" end })
    post(it, "b")
  end
  run({ twice }, { progress = function (bytes) done[#done + 1] = bytes end })
  test.equal(done, { 10, 20 })
end)

test("a run inside of a run is a mistake", function ()
  local it = border()
  test.raises(function ()
    run { function () post(it, "a") run { function () end } end }
  end, "together.run inside of what runs together")
end)

test("a coroutine of somebody else's inside of a run makes its requests alone", function ()
  local it = border()
  test.equal(run { function ()
    return coroutine.wrap(function () return get(it, "inner").body end)(), get(it, "outer").body
  end }, { { 1, "alone", "outer" } })
  test.equal({ it.alone, it.rounds }, { { "inner" }, { { "outer" } } })
end)

test("what is yielded for another reason reaches whoever runs the run", function ()
  local it = border()
  local outer = coroutine.wrap(function ()
    return run { function () return coroutine.yield "for you", post(it, "a").body end }
  end)
  test.equal(outer(), "for you")
  test.equal(outer "back", { { 1, "back", "a" } })
end)

test("where nobody is, it is a mistake", function ()
  -- Tests run on the main thread, where nothing can be yielded to.
  test.equal(coroutine.isyieldable(), false)
  test.raises(function () run { function () coroutine.yield() end } end, "waits for requests and naps only")
end)

test("requests over two borders go out in rounds of their own", function ()
  local one, other = border(), border()
  run { function () post(one, "a") end, function () post(other, "b") end, function () post(one, "c") end }
  test.equal({ one.rounds, other.rounds }, { { { "a", "c" } }, { { "b" } } })
end)

return test.done()

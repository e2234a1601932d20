--- What assets are compared by where the forge tells no digests: downloads side by side, their place on the disk, and what
-- ends them.

local test = require "testing"
local problem = require "problem"
local release_state = require "release_state"
local together = require "together"

-- A release of so many assets without digests, and `it.is_exact()`. `it.disk` is what stands in the temporary directories, and
-- `it.most` how many of those there were at once; `it.refuses[id]` refuses the download of an asset.
local function scene(count)
  local it = { disk = {}, made = 0, there = 0, most = 0, rounds = {}, refuses = {} }
  local release, wanted = { assets = {} }, {}
  for i = 1, count do
    local name = ("%02d.bin"):format(i)
    release.assets[i] = { id = i, name = name, size = 3, state = "uploaded", digest = false }
    wanted[i] = { name = name, size = 3, sha256 = ("%064d"):format(i) }
  end
  local file = {}
  function file.temporary_directory()
    it.made, it.there = it.made + 1, it.there + 1
    it.most = math.max(it.most, it.there)
    return "/tmp/" .. it.made
  end
  function file.remove(path, options)
    if options and options.recursive then
      it.there = it.there - 1
      for held in pairs(it.disk) do
        if held:sub(1, #path + 1) == path .. "/" then it.disk[held] = nil end
      end
    end
    it.disk[path] = nil
    return true
  end
  local http = together.http { parallel = function (requests)
    local results = {}
    for i, request in ipairs(requests) do
      test.equal(it.disk[request.sink], nil, "each has a file of its own")
      it.disk[request.sink], results[i] = true, { answer = { status = 200 } }
    end
    it.rounds[#it.rounds + 1] = #requests
    return results
  end }
  local forge = {}
  function forge.download_asset(_, id, options)
    local answer, why = http.request { method = "GET", url = "asset " .. id, sink = options.path }
    if not answer then return nil, why end
    if it.refuses[id] then return nil, it.refuses[id] end
    return { sha256 = ("%064d"):format(id), size = 3 }
  end
  local doors = { file = file }
  function it.is_exact() return release_state.is_exact(forge, release, wanted, doors) end
  return it
end

test("assets whose digests are not told are downloaded into one directory, which is gone afterwards", function ()
  local it = scene(12)
  test.equal(it.is_exact(), true)
  test.equal({ it.rounds, it.made, it.there, it.disk }, { { 5, 5, 2 }, 1, 0, {} })
  test.equal({ it.is_exact(), it.made }, { true, 1 }, "what is known is not read again")
end)

test("a download that is refused leaves nothing behind, and the next one finds a directory", function ()
  local it = scene(3)
  it.refuses[2] = problem.new("error", "500")
  local exact, why = it.is_exact()
  test.equal({ exact, why and why.text, it.made, it.there, it.disk }, { nil, "500", 1, 0, {} })
  it.refuses = {}
  test.equal({ it.is_exact(), it.made, it.there, it.rounds, it.disk }, { true, 2, 0, { 3, 1 }, {} })
end)

test("P12 a limit that one download meets withholds the others", function ()
  local it = scene(12)
  it.refuses[2] = problem.new("error", "the rate limit is reached")
  it.refuses[2].shared = "limit"
  local exact, why = it.is_exact()
  test.equal({ exact, why == it.refuses[2], it.rounds, it.there, it.disk }, { nil, true, { 5 }, 0, {} })
end)

return test.done()

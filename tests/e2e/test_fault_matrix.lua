--- P8, P12, P17: the fault matrix of a guarded release on the test forge: every request goes wrong in every way, and no
-- token is let out. `make test` tries a part of it, `make sweep` all.

local test = require "testing"
local flow = require "flow"
local matrix = require "matrix"
local monorepo = require "monorepo"
local watching = require "watch"

-- Coprime to the number of faults of a request, so that each of them is met at some request.
local STRIDE = monorepo.exhaustive() and 1 or 7
local READ_STRIDE = monorepo.exhaustive() and 1 or 29

local function swept(name, cells, stride, try)
  local problems, tried = {}, 0
  for i = stride == 1 and 1 or 2, #cells, stride do
    local problem = try(cells[i])
    tried = tried + 1
    if problem then problems[#problems + 1] = cells[i].name .. ": " .. problem end
  end
  if monorepo.exhaustive() then print(("swept: %s: %d of %d cells, %d problems"):format(name, tried, #cells, #problems)) end
  test.truthy(tried >= math.min(4, #cells), tried .. " tried")
  test.equal(table.concat(problems, "\n\n"), "")
end

for _, half in ipairs { "prepare", "publish" } do
  flow.with("github", function (release)
    local undisturbed = matrix.begin(release, half)
    local log = release.hub.log()
    local watch, blind = watching.begin(release)

    test(("P8 %s: a write that goes wrong converges or stops clearly, and then the same command converges"):format(half), function ()
      swept(half .. ", writes", matrix.cells(half), STRIDE, function (cell) return (matrix.try(release, cell, undisturbed)) end)
    end)

    test(("P12 %s: a read that goes wrong stops it, and nothing is written any more"):format(half), function ()
      swept(half .. ", reads", matrix.reads(half, log), READ_STRIDE, function (cell) return (matrix.try_read(release, cell, undisturbed)) end)
    end)

    test(("P17 %s: whichever of them goes wrong, no token is in an output, a file, an object, an argument or a core"):format(half), function ()
      if not watch then test.skip(blind) end
      test.truthy(watch.commands > 8 and watch.pushes > 0, watch.commands .. " commands")
      test.truthy(watch.seen["objects of the remote"] and watch.seen["work/.git/config"])
      test.equal(watch.hits, {})
    end)
  end)
end

return test.done()

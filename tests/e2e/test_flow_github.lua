--- A guarded release from its preparation to its merge, on the local forge and on GitHub's API (the test forge).

local test = require "testing"
local digest = require "host.digest"
local flow = require "flow"

local function release_of(record)
  test.equal(#record.releases, 1)
  return record.releases[1]
end

for _, kind in ipairs(flow.KINDS) do
  flow.with(kind, function (release)
    local function refuses_merge(part)
      local merged, words = release:human_merge()
      test.equal(merged, false)
      test.contains(words:lower(), part)
    end

    test("S0.16 " .. kind .. ": a prepared release cannot be merged by a person", function ()
      release:prepare()
      refuses_merge "release"
    end)

    test("S0.29 " .. kind .. ": not when the build is green either", function ()
      release:green()
      refuses_merge "release"
    end)

    test("S0.30 " .. kind .. ": before somebody approves it, publish waits and nothing is public", function ()
      local before = release:state()
      local waits = release:run(flow.command "publish")
      test.equal(waits.code, 6, waits.stderr)
      test.contains(waits.stderr, "gate reviews: 0 of 1 approval")
      test.equal(release:state(), before)
    end)

    test("S0.32 " .. kind .. ": not when it is approved either, for nothing was released", function ()
      release:approve()
      refuses_merge "release"
    end)

    test("S0.34 " .. kind .. ": publish makes it public, and merges the very head with a merge commit", function ()
      local head = release:head()
      release:publish()
      test.equal(release.remote:run("rev-parse", flow.TAG .. "^{commit}"), head)
      test.equal(release.remote:run("rev-parse", "main^2"), head)
      test.equal(release.remote:try("merge-base", "--is-ancestor", flow.TAG, "main").code, 0)
      test.lacks(release.remote:state(), "refs/relrun/")
    end)

    test("P25 " .. kind .. ": all of it again is nothing to do", function ()
      local before = release:state()
      for _, argv in ipairs { flow.command "publish", flow.command("publish", "--pull-request", "1"),
        flow.command("prepare", "--skip-base-sync-check") } do
        local again = release:run(argv)
        test.equal(again.code, 4, again.stdout .. again.stderr)
      end
      test.equal(release:state(), before)
    end)
  end)
end

flow.with("github", function (release)
  test("P16 github: planning alone sends nothing but GETs, before prepare and before publish", function ()
    local function plans(...)
      release:forget()
      local before = release:state()
      release:must { "relrun", "plan", "release.lua", "final", "--push", ... }
      local writes, reads, told = release:requests()
      test.equal(writes, 0, told)
      test.truthy(reads > 0)
      test.equal(release:state(), before)
    end
    plans()
    release:prepared()
    release:forget()
    local before = release:state()
    release:must({ "relrun", "plan", "release.lua", "--push" }, { env = {
      GITHUB_EVENT_NAME = "pull_request_review", GITHUB_EVENT_PATH = release:event() } })
    local writes, _, told = release:requests()
    test.equal(writes, 0, told)
    test.equal(release:state(), before)
  end)

  test("S0.34 github: the release is public with both assets and their digests, and its status says so", function ()
    local head = release:head()
    release:publish()
    local record = release:record()
    local public = release_of(record)
    test.equal({ public.draft, public.prerelease, public.tag_name, #public.assets }, { false, false, flow.TAG, 2 })
    for _, asset in ipairs(public.assets) do
      local content = flow.ASSETS["dist/" .. asset.name]
      test.equal({ asset.state, asset.size, asset.digest }, { "uploaded", #content, "sha256:" .. digest.sha256(content) })
    end
    local last
    for _, status in ipairs(record.statuses) do
      if status.context == "release" and status.sha == head then last = status end
    end
    test.equal({ last.state, last.target_url }, { "success", release.hub.url .. "/acme/widget/actions/runs/77" })
    test.equal({ record.pulls[1].merged, record.pulls[1].head_sha, record.pulls[1].merge_method }, { true, head, "merge" })
  end)

  test("P25 github: a completed release again: exit 4, no write, at most 10 GETs", function ()
    release:forget()
    test.equal(release:run(flow.command("publish", "--pull-request", "1")).code, 4)
    local writes, reads, told = release:requests()
    test.equal(writes, 0, told)
    test.truthy(reads <= 10, told)
  end)

  test("P25 github: what somebody took out of a completed release is told, and nothing is written", function ()
    local hub = release.hub
    local id
    -- They go up side by side, so either may be the first.
    for _, asset in ipairs(hub.ask("GET", "/repos/acme/widget/releases", { token = "writer" }).json[1].assets) do
      if asset.name == "widget.bin" then id = asset.id end
    end
    test.equal(hub.ask("DELETE", "/repos/acme/widget/releases/assets/" .. id, { token = "writer" }).status, 204)
    release:forget()
    local again = release:run(flow.command("publish", "--pull-request", "1"))
    test.equal(again.code, 3, again.stderr)
    test.contains(again.stderr, "asset widget.bin is not there")
    test.equal((release:requests()), 0)
  end)

  test("P18 github: what is not the API's own origin never saw a token", function ()
    for _, entry in ipairs(release.hub.log()) do
      if entry.listener == "storage" then test.equal(entry.authorization, false, entry.path) end
    end
  end)
end)

return test.done()

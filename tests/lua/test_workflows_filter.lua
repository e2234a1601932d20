-- The filters of GitHub's events: the examples of its own cheat sheet, then what they leave open.

local test = require "testing"
local work = require "work"
local filter = require "workflows.filter"

local function matches(patterns, name)
  return assert(filter.list(type(patterns) == "table" and patterns or { patterns })).matches(name)
end

-- GitHub, "Workflow syntax": patterns to match branches and tags, patterns to match file paths.
local DOCUMENTED = {
  { "feature/*", { "feature/my-branch", "feature/your-branch" }, { "feature/a/b", "feature" } },
  { "feature/**", { "feature/beta-a/my-branch", "feature/your-branch", "feature/mona/the/octocat" }, { "feature" } },
  { "main", { "main" }, { "mains", "amain", "Main" } },
  { "releases/mona-the-octocat", { "releases/mona-the-octocat" }, { "releases/mona" } },
  { "*", { "main", "releases" }, { "all/the/branches" } },
  { "**", { "all/the/branches", "every/tag", "main" }, {} },
  { "*feature", { "mona-feature", "feature", "ver-10-feature" }, { "a/feature", "features" } },
  { "v2*", { "v2", "v2.0", "v2.9" }, { "v1", "v2/a" } },
  { "v[12].[0-9]+.[0-9]+", { "v1.10.1", "v2.0.0" }, { "v3.0.0", "v1..0", "v1.0.x" } },
  { "*.jsx?", { "page.js", "page.jsx" }, { "page.jsxx", "page.j" } },
  { "*.js", { "app.js", "index.js" }, { "src/app.js" } },
  { "**.js", { "index.js", "js/index.js", "src/js/app.js" }, { "index.ts" } },
  { "docs/*", { "docs/README.md", "docs/file.md" }, { "docs/a/b.md" } },
  { "docs/**", { "docs/README.md", "docs/mona/octocat.md" }, { "doc/README.md" } },
  { "docs/**/*.md", { "docs/README.md", "docs/mona/hello-world.md", "docs/a/markdown/file.md" }, { "docs/a.txt", "x/docs/a.md" } },
  { "**/docs/**", { "docs/hello.md", "dir/docs/my-file.txt", "space/docs/plan/space.doc" }, { "mydocs/a" } },
  { "**/README.md", { "README.md", "js/README.md" }, { "aREADME.md" } },
  { "**/*src/**", { "a/src/app.js", "my-src/code/js/app.js" }, { "src.js" } },
  { "**/*-post.md", { "my-post.md", "path/their-post.md" }, { "post.md" } },
  { "**/migrate-*.sql", { "migrate-10909.sql", "db/migrate-v1.0.sql", "db/sept/migrate-v1.sql" }, { "db/migrate.sql" } },
  { "[CB]at", { "Cat", "Bat" }, { "cat", "CBat" } },
  { "[1-2]00", { "100", "200" }, { "300" } },
  { "Octo*", { "Octocat" }, { "Octo/cat" } },
}

for _, row in ipairs(DOCUMENTED) do
  local pattern, inside, outside = table.unpack(row)
  test(("S1.56 the pattern %s means what GitHub's examples say"):format(pattern), function ()
    for _, name in ipairs(inside) do test.equal(matches(pattern, name), true, name) end
    for _, name in ipairs(outside) do test.equal(matches(pattern, name), false, name) end
  end)
end

test("S1.57 the last pattern that matches decides", function ()
  local without = { "*.md", "!README.md" }
  test.equal(matches(without, "hello.md"), true)
  test.equal(matches(without, "README.md"), false)
  test.equal(matches(without, "docs/hello.md"), false)
  local again = { "*.md", "!README.md", "README*" }
  test.equal(matches(again, "README.md"), true)
  test.equal(matches(again, "README.doc"), true)
end)

test("S1.57 a list of negative patterns alone matches nothing", function ()
  test.equal(matches({ "!*rc*" }, "v1.0.0"), false)
end)

test("S1.58 *-v*rc* matches a final of my-vrchat and none of search", function ()
  test.equal(matches("*-v*rc*", "my-vrchat-v1.2.0"), true)
  test.equal(matches("*-v*rc*", "search-v1.2.0"), false)
  test.equal(matches("*-v*rc*", "search-v1.2.0rc1"), true)
end)

test("an exclamation mark means itself inside a pattern", function ()
  test.equal(matches("a!b", "a!b"), true)
end)

test("a backslash takes the meaning from what follows", function ()
  test.equal(matches("v\\*", "v*"), true)
  test.equal(matches("v\\*", "v1"), false)
  test.equal(matches("a\\+", "a+"), true)
end)

test("characters that other pattern languages know mean themselves", function ()
  test.equal(matches("v1.0", "v1x0"), false)
  test.equal(matches("a^$(b)%d", "a^$(b)%d"), true)
end)

test("a plus after one character does not match none of it", function ()
  test.equal(matches("a+b", "b"), false)
  test.equal(matches("a+b", "aaab"), true)
end)

test("patterns without a meaning are refused with their place in the list", function ()
  for _, row in ipairs { { "v[1", "without its ]" }, { "+a", "nothing before" }, { "v[]", "nothing between" },
    { "v[^1]", "no documented meaning" }, { "", "empty" }, { "!", "empty" }, { "a\\", "nothing after" },
    { "v[9-0]", "empty" }, { ("a"):rep(2000), "1,024" } } do
    local list, message, index = filter.list { "main", row[1] }
    test.equal(list, nil, row[1])
    test.contains(message, row[2])
    test.equal(index, 2)
  end
end)

test("a hostile pattern costs at most its length times the name's", function ()
  for _, part in ipairs { "*a", "**/", "a?", "a+", "**a" } do
    local growth = work.growth(function (n) matches(part:rep(n) .. "b", ("a"):rep(2 * n) .. ("/a"):rep(n)) end, 80)
    test.truthy(growth < 5, part .. ": growth " .. growth)
  end
end)

return test.done()

--- The verbs of `relrun forge`: how they are read, and that each is somebody's to do.

local test = require "testing"
local cli = require "cli"
local help = require "help"
local people = require "forge.local.people"
local problem = require "problem"
local verbs = require "forge.verbs"

local function read(line)
  local words = { "forge" }
  for word in line:gmatch "%S+" do words[#words + 1] = word end
  local request, trouble = cli.read(words)
  if not request then return nil, trouble end
  return verbs.read(request)
end

local function refuses(line, told)
  local request, trouble = read(line)
  test.equal(request, nil, line)
  test.equal(trouble.text, told)
  test.equal(problem.exit_code(trouble.kind), 9)
end

test("every verb is done by a function, and every function is a verb", function ()
  local names = {}
  for _, row in ipairs(verbs.rows) do
    test.equal(type(people.verbs[row.name]), "function", row.name)
    names[row.name] = true
    for _, option in ipairs(row.options) do test.truthy(cli.options[option], option) end
  end
  for name in pairs(people.verbs) do test.truthy(names[name], name) end
end)

test("every option of the command is some verb's, or names the forge", function ()
  local used = { forge = true }
  for _, row in ipairs(verbs.rows) do
    for _, option in ipairs(row.options) do used[option] = true end
  end
  for _, option in ipairs(cli.by_name.forge.options) do test.truthy(used[option], option) end
end)

test("a verb is read with its arguments and options; without one, the state is shown", function ()
  test.equal(read "", { name = "show", arguments = {}, options = {}, personal = false })
  test.equal(read "approve 12 --as ann", { name = "approve", arguments = { number = 12 }, options = { as = "ann" }, personal = true })
  test.equal(read "status release success done --at main", { name = "status", personal = true,
    arguments = { context = "release", state = "success", text = "done" }, options = { at = "main" } })
  test.equal(read "require ci --branch dev --forge x.forge", { name = "require", arguments = { context = "ci" },
    options = { branch = "dev", forge = "x.forge" }, personal = false })
end)

test("what is no verb, number, argument or option of it is refused", function ()
  refuses("aprove 1", "relrun forge has no 'aprove'; did you mean 'approve'?")
  refuses("approve", "relrun forge approve needs NUMBER")
  refuses("approve one", "'one' is no number of a pull request or issue")
  refuses("approve 0", "'0' is no number of a pull request or issue")
  refuses("finish 1.5 success", "'1.5' is no number of a run")
  refuses("approve 1 2", "relrun forge approve has no use for '2'")
  refuses("show --as ann", "relrun forge show has no option '--as'")
  refuses("merge 1 --label x", "relrun forge merge has no option '--label'")
end)

test("the help of the command tells every verb", function ()
  local told = table.concat(help.command(cli.by_name.forge), "\n")
  for _, row in ipairs(verbs.rows) do test.contains(told, row.name .. " ") end
end)

local test = require "testing"
local cli = require "cli"
local problem = require "problem"

local function read(line)
  local words = {}
  for word in line:gmatch "%S+" do words[#words + 1] = word end
  return cli.read(words)
end

-- The command line is refused as wrong usage, with this text.
local function refuses(line, told)
  local request, trouble = read(line)
  test.equal(request, nil, line)
  test.equal(trouble.text, told)
  test.equal(problem.exit_code(trouble.kind), 9)
  test.equal(trouble.todo, "see relrun help")
end

test("every command has arguments, a meaning, and exit codes of the contract that begin with success", function ()
  for _, command in ipairs(cli.commands) do
    test.truthy(#command.doc > 3, command.name)
    test.equal(command.codes[1], "done", command.name)
    for _, kind in ipairs(command.codes) do test.truthy(problem.exit_code(kind), command.name) end
    for _, name in ipairs(command.options) do test.truthy(cli.options[name], command.name .. " --" .. name) end
  end
end)

test("every option is one of some command, and no letter is two options", function ()
  local used, letters = {}, {}
  for _, command in ipairs(cli.commands) do
    for _, name in ipairs(command.options) do used[name] = true end
  end
  for name, option in pairs(cli.options) do
    test.truthy(used[name], "--" .. name)
    if option.short then
      test.equal(letters[option.short], nil, "-" .. option.short)
      letters[option.short] = name
    end
  end
end)

-- A command line with as many arguments as the command needs, and what they become.
local function with_arguments(command)
  local line, request = command.name, { command = command.name, options = {} }
  for _, name in ipairs(command.arguments) do
    local key = name:gsub("[%[%]]", ""):lower()
    if name:sub(1, 1) ~= "[" then
      line = line .. " a-" .. key
      request[key] = "a-" .. key
    end
  end
  return line, request
end

test("every option of every command is read, by its name and by its letter", function ()
  for _, command in ipairs(cli.commands) do
    for _, name in ipairs(command.options) do
      local option = cli.options[name]
      local line, expected = with_arguments(command)
      expected.options[name] = option.takes and "v" or true
      test.equal(read(line .. " --" .. name .. (option.takes and " v" or "")), expected, line .. " --" .. name)
      if option.takes then test.equal(read(line .. " --" .. name .. "=v"), expected) end
      if option.short then test.equal(read(line .. " -" .. option.short .. (option.takes and " v" or "")), expected) end
    end
  end
end)

test("no command takes an option of another one", function ()
  for _, command in ipairs(cli.commands) do
    local has = {}
    for _, name in ipairs(command.options) do has[name] = true end
    for name in pairs(cli.options) do
      if not has[name] then
        local request, trouble = read(with_arguments(command) .. " --" .. name)
        test.equal(request, nil, command.name .. " --" .. name)
        test.contains(trouble.text, ("relrun %s has no option '--%s'"):format(command.name, name))
      end
    end
  end
end)

test("S1.103 S1.104 without a command the first word is the spec, and run is meant", function ()
  local expected = { command = "run", spec = "release.lua", lane = "rc", options = { push = true } }
  test.equal(read "release.lua rc --push", expected)
  test.equal(read "run release.lua rc --push", expected)
  test.equal(read "release.lua --push rc", expected)
  test.equal(read "./specs/x rc", { command = "run", spec = "./specs/x", lane = "rc", options = {} })
end)

test("without any word help is meant", function ()
  test.equal(read "", { command = "help", options = {} })
  test.equal(read "--help", { command = "help", options = {} })
  test.equal(read "-h lane", { command = "help", word = "lane", options = {} })
end)

test("--help and -h behind a command or a spec ask for that command's help, whatever stands beside them", function ()
  local function about(name) return { command = "help", about = name, options = {} } end
  test.equal(read "plan release.lua --help", about "plan")
  test.equal(read "plan --nonsense -h", about "plan")
  test.equal(read "tag -h", about "tag")
  test.equal(read "forge approve 1 --help", about "forge")
  test.equal(read "lua --help", about "lua")
  test.equal(read "release.lua --help", about "run")
  test.equal(read "release.lua rc --push -h", about "run")
  test.equal(read "release.lua -- --help", { command = "run", spec = "release.lua", lane = "--help", options = {} })
end)

test("after -- nothing is an option", function ()
  test.equal(read "plan -- --odd.lua", { command = "plan", spec = "--odd.lua", options = {} })
  test.equal(read "help -- --help", { command = "help", word = "--help", options = {} })
end)

test("an option's value may begin with a dash or hold an equals sign", function ()
  test.equal(read("plan release.lua --output -").options, { output = "-" })
  test.equal(read("plan release.lua --output=a=b").options, { output = "a=b" })
end)

test("an option whose value may be left out takes it behind an equals sign only", function ()
  test.equal(read "publish release.lua --wait", { command = "publish", spec = "release.lua", options = { wait = true } })
  test.equal(read "publish --wait release.lua rc", { command = "publish", spec = "release.lua", lane = "rc", options = { wait = true } })
  test.equal(read("publish release.lua --wait=15m").options, { wait = "15m" })
  refuses("publish release.lua --wait --wait=2h", "option --wait is given twice")
  test.equal(cli.spelling "wait", "--wait[=DURATION]")
  test.equal(cli.spelling "output", "-o, --output FILE")
end)

test("check takes --strict, and nothing else does", function ()
  test.equal(read("check release.lua --strict").options, { strict = true })
  refuses("plan release.lua --strict", "relrun plan has no option '--strict'")
end)

test("the halves of a lane go to the remote, so they cannot be told to ask it nothing", function ()
  for _, command in ipairs { "prepare", "publish" } do
    refuses(command .. " release.lua --offline", ("relrun %s has no option '--offline'"):format(command))
  end
  test.equal(read("plan release.lua --offline").options, { offline = true })
end)

test("an unknown command is refused with the nearest one", function ()
  refuses("plna release.lua", "there is no command 'plna'; did you mean 'plan'?")
  refuses("zzzzz", "there is no command 'zzzzz' (a spec's name ends in .lua)")
end)

test("an unknown option is refused with the nearest one", function ()
  refuses("plan release.lua --pusch", "relrun plan has no option '--pusch'; did you mean '--push'?")
  refuses("plan release.lua -z", "relrun plan has no option '-z'")
  refuses("release.lua --dry-run", "relrun run has no option '--dry-run'")
end)

test("a missing or surplus argument is refused", function ()
  refuses("plan", "relrun plan needs SPEC")
  refuses("apply", "relrun apply needs PLAN")
  refuses("plan release.lua rc more", "relrun plan has no use for 'more'")
  refuses("check release.lua rc", "relrun check has no use for 'rc'")
end)

test("a value that is missing or not wanted is refused", function ()
  refuses("plan release.lua --output", "option --output needs a FILE")
  refuses("plan release.lua --push=yes", "option --push takes no value")
end)

test("an option that is given twice is refused", function ()
  refuses("plan release.lua --push --push", "option --push is given twice")
  refuses("plan release.lua -o a --output b", "option --output is given twice")
end)

test("what was typed is told in one line, whatever it holds", function ()
  local _, trouble = cli.read { "pl\27[31mn" }
  test.lacks(trouble.text, "\27")
  _, trouble = cli.read { "plan", "release.lua", "--x\ny" }
  test.lacks(trouble.text, "\n")
end)

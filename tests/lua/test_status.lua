--- The operation `status`: only a commit status is the lock, and nobody else's word counts for it.

local test = require "testing"
local status = require("steps.status").ops.status

local OID = ("a"):rep(40)

-- The state of an operation where the forge tells these checks of the commit.
local function probe(args, checks)
  args.oid, args.context = OID, "release"
  return (status.probe({ args = args }, { forge = function () return { checks = function () return checks end } end }))
end

test("S0.15 a check run of the lock's name is not the lock", function ()
  local run = { name = "release", source = "check", state = "success", description = "said" }
  local said = { name = "release", source = "status", state = "success", description = "said" }
  for _, args in ipairs { { state = "pending", description = "at work", passed = true }, { state = "success", description = "said" },
    { state = "pending", description = "x", over = {} }, { state = "success", description = "x", over = { "other" } } } do
    test.equal({ probe(args, { run }), probe(args, { said }), probe(args, { run, said }) }, { "ABSENT", "DONE", "DONE" })
  end
end)

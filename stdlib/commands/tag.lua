--- relrun tag SPEC TAG: what a tag says, as NAME=VALUE lines that a publishing workflow can append to its outputs: the
-- package, its folder, the version and whether it is a pre-release. Decided by the spec's own format and scheme, never
-- by a part of the text.

local json = require "host.json"
local packages = require "packages"
local problem = require "problem"
local releases = require "releases"
local session = require "session"
local tape = require "tape"
local text = require "text"
local world = require "world"

return function (request, out)
  local loaded, trouble = session.load(request.spec)
  if not loaded then return nil, trouble end
  local the_world
  the_world, trouble = world.open(".", { offline = true, warn = out.warn, say = out.say }, tape.new(json.encode))
  if not the_world then return nil, trouble end
  local head
  head, trouble = the_world:head()
  if not head then return nil, trouble end
  if not head.oid then return problem.refuse("error", "this clone has no commit", "check the tag out") end
  local list
  list, trouble = packages.resolve(loaded.model, the_world, head.oid)
  if not list then return nil, trouble end
  local tag = request.tag:gsub("^refs/tags/", "")
  local found = releases.read(list, { [tag] = head.oid })
  for _, package in ipairs(list) do
    local released = found[package.name][1]
    if released then
      local told = { package = package.name, path = package.path == "" and "." or package.path, version = released.version.text,
        prerelease = package.scheme.scheme.is_prerelease(released.version) }
      if request.options.json then
        out.json(json.encode(told))
      else
        for _, name in ipairs { "package", "path", "version", "prerelease" } do
          out.line(("%s=%s"):format(name, tostring(told[name])))
        end
      end
      return "done"
    end
  end
  return problem.refuse("error", ("tag %s is of no package of this release"):format(text.line(tag)),
    "publish nothing for it, or correct the spec's tag format")
end

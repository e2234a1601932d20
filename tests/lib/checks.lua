--- The list of findings docs/checks.md, made from the rows of workflows.findings.

local findings = require "workflows.findings"

local checks = {}

local HEAD = [[
# What relrun check says of CI workflows

Made from stdlib/workflows/findings.lua; edit it there, then `make docs`.

In a clone with a commit `relrun check SPEC` first tries the spec on the commit at HEAD, whatever branch a lane releases:
the packages' directories and order, the names of their tags, and the places of their versions. What no plan could be made
of ends it as it would end the plan, mostly with exit code 10 (the spec) or 1 (a file of the commit).

Then it reads `.github/workflows/*.yml` and `*.yaml` of the work tree that it stands in and tells, one a line,
what in them stands against the lanes (where it stands in no work tree, or the spec lies outside of it, a note says what was read):

    SEVERITY: FILE:LINE: what is so (ID); what to do

Every tag and branch that a lane would push is put to the filters and conditions of the workflows as GitHub would put
them; nothing is asked of the network. An **error** means that a release or its publishing will go wrong, and `check`
ends with exit code 5; a **warning** that it can, which counts with `--strict`; a **note** never counts.
]]

local function code(told) return (told:gsub("[\\|<>*]", "\\%0"):gsub("`([^`]*)`", function (inside)
  return "`" .. inside:gsub("\\(.)", "%1") .. "`"
end)) end

--- The text of docs/checks.md.
---@return string
function checks.text()
  local lines = { HEAD }
  for _, severity in ipairs { "error", "warning", "note" } do
    lines[#lines + 1] = ("## %ss\n"):format(severity:gsub("^%l", string.upper))
    for _, row in ipairs(findings.rows) do
      if row.severity == severity then
        lines[#lines + 1] = ("### %s\n"):format(row.key)
        lines[#lines + 1] = ("%s (%s)\n"):format(code(row.doc), table.concat(row.ids, ", "))
        lines[#lines + 1] = ("- says: `%s`"):format(row.text:gsub("%%s", "..."))
        lines[#lines + 1] = ("- to do: %s\n"):format(code(row.todo))
      end
    end
  end
  return (table.concat(lines, "\n"):gsub("\n+$", "\n"))
end

return checks

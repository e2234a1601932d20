--- What people read: a plan, its progress and the problems, as lines of text. Pure: it gets data and a style and
-- returns lines. All that came from outside goes through text.line.

local steps = require "steps"
local text = require "text"

local report = {}

---@class report.style
---@field bold fun(s: string): string
---@field dim fun(s: string): string
---@field alarm fun(s: string): string

local function ansi(code) return function (s) return ("\27[%sm%s\27[0m"):format(code, s) end end
local function plain(s) return s end

--- The style of a stream: colours for terminals only.
---@param coloured boolean
---@return report.style
function report.style(coloured)
  if not coloured then return { bold = plain, dim = plain, alarm = plain } end
  return { bold = ansi "1", dim = ansi "2", alarm = ansi "1;31" }
end

local CLASSES = { reversible = "can be undone", compensable = "can be made good", irreversible = "cannot be undone" }

--- What caused the version of a package, in a few words. A commit that the previous pre-release holds already is no one of
-- those that are counted.
---@param package table as in a plan
---@param show fun(text: string): string makes foreign text fit to be shown
---@param width integer|nil columns of a commit's subject; all of it when absent
---@return string
function report.cause(package, show, width)
  local because = package.because[1]
  if not because then return show(package.reason[1] or "") end
  return ("%s %s%s"):format(because.commit:sub(1, 7), show(width and text.shorten(because.subject, width) or because.subject),
    because.earlier and package.previous and (" (in %s)"):format(show(package.previous)) or "")
end

local function as_it_is(words) return words end

local function package_rows(wanted)
  local rows = {}
  for i, package in ipairs(wanted.packages) do
    rows[i] = {
      package.name, package.previous and package.previous .. " -> " .. package.version or package.version .. " (first)",
      package.level, text.plural(package.commits, "commit"),
      report.cause(package, as_it_is, 60),
    }
  end
  return rows
end

-- A plan of a later relrun may hold kinds that apply refuses; it can be shown all the same.
local function describe(op)
  local kind = steps.ops[op.kind]
  return kind and text.visible(kind.describe(op)) or ("%s, which this relrun does not know"):format(text.line(op.kind))
end

local STAGES = { ["local"] = "in this clone", remote = "on the remote", forge = "on the forge" }

--- The whole plan, for a terminal.
---@param wanted table
---@param plan_id string
---@param style report.style
---@return string[] lines
function report.plan(wanted, plan_id, style)
  local lines = {}
  local function add(line) lines[#lines + 1] = line end
  add(("%s  %s  lane %s  %s@%s%s"):format(style.bold("plan " .. plan_id:sub(1, 12)), text.line(wanted.release),
    text.line(wanted.lane),
    text.line(wanted.base.branch), wanted.base.commit:sub(1, 12),
      wanted.branch ~= wanted.base.branch and " -> " .. text.line(wanted.branch) or ""))
  add ""
  for line in text.table(package_rows(wanted), { indent = "  " }):gmatch "[^\n]+" do add(line) end
  add ""
  local verdicts = {}
  for i, gate in ipairs(wanted.gates) do verdicts[i] = text.line(gate.gate)
    .. (gate.verdict == "off" and " off (" .. text.line(gate.reason or "") .. ")" or " ok") end
  if #verdicts > 0 then
    add("  gates: " .. table.concat(verdicts, ", "))
    add ""
  end
  -- In the order in which they are done; a stage can come twice.
  local stage
  for _, op in ipairs(wanted.ops) do
    if op.stage ~= stage then add("  " .. style.bold(STAGES[op.stage])) end
    stage = op.stage
    local first = true
    for line in (describe(op) .. "\n"):gmatch("(.-)\n") do
      local class = first and op.class ~= "reversible" and "  [" .. CLASSES[op.class] .. "]" or ""
      if class ~= "" and op.class == "irreversible" then class = style.alarm(class) end
      add((first and "  %3d  %s%s" or "       %s%s"):format(table.unpack(first and { op.id, line, class }
        or { line, "" })))
      first = false
    end
  end
  return lines
end

--- One line for an operation that was settled.
function report.progress(op, state, style)
  local line = describe(op):match("^[^\n]*")
  return ("%s %s"):format(state == "done" and "done   " or style.dim(state), line)
end

--- The lines of a problem: one, or one for each mistake of a spec.
---@param trouble problem
---@return string[]
function report.problem(trouble)
  local lines = {}
  for _, line in ipairs(trouble.more or {}) do lines[#lines + 1] = line end
  if #lines == 0 then lines[1] = tostring(trouble) end
  return lines
end

return report

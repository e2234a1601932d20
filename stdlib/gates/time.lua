--- Gates on time. The time is the one that was recorded when the run began to plan; how long a verdict holds goes into
-- the plan, so that apply refuses what has become too late.

local moment = require "moment"
local text = require "text"
local verdict = require "gates.verdict"

local time = {}

local DAY, WEEK = 86400, 7 * 86400

-- The edges within a day, in its own seconds, at which a schedule can change.
local function edges_of(from, to)
  local edges = { 0, from, to }
  table.sort(edges)
  return edges
end

local function allowed_days(days)
  local allowed = {}
  for _, day in ipairs(days or moment.DAYS) do allowed[day] = true end
  return allowed
end

-- Is it open at this moment (shifted by the offset)? Hours over midnight belong to the day on which they begin.
local function is_open(days, from, to, at)
  local second = at % DAY
  if from < to then return days[moment.weekday(at)] and second >= from and second < to or false end
  if second >= from then return days[moment.weekday(at)] or false end
  return second < to and days[moment.weekday(at - DAY)] or false
end

-- The first edge after `at` at which the schedule is as `wanted`; nil when that comes within no week.
local function next_edge(days, from, to, at, wanted)
  local midnight = at - at % DAY
  for day = midnight, midnight + WEEK, DAY do
    for _, edge in ipairs(edges_of(from, to)) do
      if day + edge > at and is_open(days, from, to, day + edge) == wanted then return day + edge end
    end
  end
end

--- The days and hours at which this is done. Outside of them it waits; the plan holds until they end.
function time.schedule(context, gate)
  local now, trouble = context.world:now()
  if not now then return nil, trouble end
  local offset = moment.offset(gate.offset)
  local from, to = 0, DAY
  if gate.hours then from, to = moment.hours(gate.hours) end
  local days = allowed_days(gate.days)
  local at = now + offset
  local open = is_open(days, from, to, at)
  local change = next_edge(days, from, to, at, not open)
  if not open then
    return verdict.wait(("it is %s %s, and this is done on %s%s"):format(moment.weekday(at), moment.show(now, gate.offset),
      table.concat(gate.days or moment.DAYS, ", "), gate.hours and " at " .. gate.hours or ""),
      change and "run the same command again from " .. moment.show(change - offset, gate.offset) .. " on" or nil)
  end
  local passed = verdict.pass(change and "open until " .. moment.show(change - offset, gate.offset) or "always open",
    { time = now })
  passed.not_after = change and change - offset - 1
  return passed
end

--- No release from one date to another, both days included. A plan from before the freeze holds until it begins.
function time.freeze(context, gate)
  local now, trouble = context.world:now()
  if not now then return nil, trouble end
  local offset = moment.offset(gate.offset)
  local from = moment.of(gate.from) - offset
  local to, lasts = moment.of(gate.to)
  to = to + lasts - offset
  if now >= from and now < to then
    return verdict.deny(("releases are frozen until %s%s"):format(moment.show(to, gate.offset),
      gate.why and ": " .. text.line(gate.why) or ""), "release before or after, or change the freeze in the spec")
  end
  local passed = verdict.pass(now < from and "no freeze before " .. moment.show(from, gate.offset)
    or "the freeze was over at " .. moment.show(to, gate.offset), { time = now })
  if now < from then passed.not_after = from - 1 end
  return passed
end

return time

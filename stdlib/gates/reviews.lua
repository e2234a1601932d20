--- Gates on reviews: who approved the pull request's present head.

local people = require "gates.people"
local text = require "text"
local verdict = require "gates.verdict"

local reviews = {}

-- A comment takes nothing back and says nothing; a review that is not sent yet is nobody's business.
local SPEAKS = { approved = true, changes_requested = true, dismissed = true }

--- The word of each person that counts: the latest that approved, refused, or was dismissed. In the order of names.
---@param list forge.review[] in the order of time
---@return forge.review[]
function reviews.latest(list)
  local by_user, names = {}, {}
  for _, review in ipairs(list) do
    if SPEAKS[review.state] and people.is_somebody(review.user) then
      local name = review.user:lower()
      if not by_user[name] then names[#names + 1] = name end
      by_user[name] = review
    end
  end
  table.sort(names)
  local latest = {}
  for i, name in ipairs(names) do latest[i] = by_user[name] end
  return latest
end

-- Who is meant, and how that is told: as the gate says, else everybody who may write.
local function wanted_by(gate)
  local wanted = { names = gate.by, teams = gate.teams, roles = gate.roles }
  if #(gate.by or {}) + #(gate.teams or {}) + #(gate.roles or {}) > 0 then return wanted, people.describe(wanted) end
  wanted.roles = { "write" }
  return wanted, "somebody who may write"
end

local function name_list(list, show)
  local names = {}
  for i, review in ipairs(list) do names[i] = show(review) end
  return table.concat(names, ", ")
end

-- Sorts the reviews of those who are meant: approvals of the head, approvals of something else, refusals.
local function tally(context, gate)
  local pull, head = context.subject.pull, context.subject.oid
  local list, trouble = context.forge("reviews", pull.number)
  if not list then return nil, trouble end
  local wanted = wanted_by(gate)
  local sorted = { approvals = {}, stale = {}, refusals = {} }
  for _, review in ipairs(reviews.latest(list)) do
    local asked = review.state ~= "dismissed" and not (gate.not_author and people.same(review.user, pull.author))
    local fits
    if asked then
      fits, trouble = people.fits(context.forge, review.user, wanted)
      if fits == nil then return nil, trouble end
    end
    if fits then
      local into = review.state == "changes_requested" and sorted.refusals
        or review.oid == head and sorted.approvals or sorted.stale
      into[#into + 1] = review
    end
  end
  return sorted
end

--- S0.6, S0.30, S2.35: so many of these people approved the very head. The latest word of a person counts; an approval of
-- an earlier commit does not, and a refusal holds until it is taken back or dismissed, whatever commit it was about.
function reviews.reviews(context, gate)
  local pull, head = context.subject.pull, context.subject.oid
  if not pull then
    return verdict.deny("there is no pull request that could be reviewed", "put this gate into the lane's approval")
  end
  local sorted, trouble = tally(context, gate)
  if not sorted then return nil, trouble end
  local place = text.line(pull.url)
  if #sorted.refusals > 0 then
    return verdict.deny(("%s requested changes of pull request #%d"):format(name_list(sorted.refusals,
      function (review) return text.line(review.user) end), pull.number),
      ("answer them, and have the review approved or dismissed: %s"):format(place))
  end
  local names = name_list(sorted.approvals, function (review) return text.line(review.user) end)
  if #sorted.approvals < gate.count then
    local stale = name_list(sorted.stale, function (review)
      return ("%s approved %s"):format(text.line(review.user), review.oid and review.oid:sub(1, 12) or "an unknown commit")
    end)
    return verdict.wait(("%d of %s of %s%s%s"):format(#sorted.approvals, text.plural(gate.count, "approval"),
      head:sub(1, 12), names ~= "" and " by " .. names or "", stale ~= "" and "; stale: " .. stale or ""),
      ("have pull request #%d approved by %s: %s"):format(pull.number, select(2, wanted_by(gate)), place))
  end
  local evidence = context.list {}
  for i, review in ipairs(sorted.approvals) do
    evidence[i] = { user = text.line(review.user), state = review.state, commit = review.oid, time = review.time }
  end
  return verdict.pass(("%s approved %s"):format(names ~= "" and names or "nobody needs to have", head:sub(1, 12)),
    { pull = pull.number, reviews = evidence })
end

return reviews

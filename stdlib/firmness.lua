--- How firmly a required check holds people: of several protections that require it the firmest counts, for who may go past
-- another one is still held by that. Pure.

local firmness = {}

firmness.EVERYBODY, firmness.UNKNOWN, firmness.NOT_ALL = 3, 2, 1

--- How firm an entry is: everybody is held, nobody knows who is, or not all are.
---@param check { enforced_for_admins: boolean|nil, bypass: boolean|nil } one of the `required_checks` of a forge's rules
---@return integer
function firmness.of(check)
  if check.enforced_for_admins == false or check.bypass == true then return firmness.NOT_ALL end
  return check.enforced_for_admins and check.bypass == false and firmness.EVERYBODY or firmness.UNKNOWN
end

return firmness

--- Modules that are loaded when they are first used. Most commands need one version scheme and one kind of version file;
-- reading the text of all of them would be a tenth of the time of a plan.

--- Stands for a module (a table of functions) and loads it at the first look into it.
---@param name string as for require
---@return table
return function (name)
  return setmetatable({}, {
    __index = function (self, key)
      local value = require(name)[key]
      self[key] = value
      return value
    end,
  })
end

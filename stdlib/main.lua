return function (arguments)
  error("main.lua is being written: " .. #arguments)
end

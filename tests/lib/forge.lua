--- The test forge under the name that it had before the product got a module `forge`; see forge_server.lua.
return require "forge_server"

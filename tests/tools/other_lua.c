/* Preloaded, it makes the Lua that is loaded look like one of another release. */
extern const char lua_ident[];
const char lua_ident[] = "$LuaVersion: Lua 5.4.99  Copyright (C) 2099 Lua.org, PUC-Rio $";

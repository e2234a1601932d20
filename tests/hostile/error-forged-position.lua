-- expect: format
error("release.lua:99: not there", 0)

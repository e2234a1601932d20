-- expect: ok
for name in pairs(_ENV) do lane(name) end

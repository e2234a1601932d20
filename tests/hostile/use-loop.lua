-- expect: limit
-- part: specs/loop.lua:1
use "loop"

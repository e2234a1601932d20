-- expect: format
-- part: specs/float.lua:1: lane "f".n is 1.5
use "float"

-- expect: format
-- part: lane "rc".n is inf
lane "rc" { n = math.huge }

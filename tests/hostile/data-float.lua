-- expect: format
-- part: lane "rc".gates[2] is 2.5
lane "rc" { gates = { 1, 2.5 } }

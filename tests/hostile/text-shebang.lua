#!/usr/bin/env lua
-- expect: format
lane "x"

--- The local forge: the suite of all backends, and what is its own: its files, its people, its refusals.

local test = require "testing"
local forge_suite = require "forge_suite"
local local_stage = require "local_stage"

forge_suite("local", local_stage.with)

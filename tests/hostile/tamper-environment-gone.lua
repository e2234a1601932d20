-- expect: format
_ENV = nil
lane "x"

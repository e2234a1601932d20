-- expect: ok
lane "x" {
  a = 1,
}

-- expect: ok
lane "ÿşÀ€í €"

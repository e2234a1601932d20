-- expect: ok


-- expect: ok
lane "‮⁦x" -- ‮ } lane

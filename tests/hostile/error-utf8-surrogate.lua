-- expect: format
for _ in utf8.codes "\xed\xa0\x80" do end

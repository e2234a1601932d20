-- expect: format
-- part: unknown word
os.execute "id"

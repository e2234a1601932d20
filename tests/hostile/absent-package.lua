-- expect: format
-- part: unknown word
package.loadlib("/lib/x.so", "*")

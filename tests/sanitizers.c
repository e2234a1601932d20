/*
 * What the sanitizers' runtimes ask the program itself, linked into it by `make
 * asan`: the tests run relrun in environments that they state in full, so their
 * options cannot come from there.
 */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);
const char *__lsan_default_options(void);
const char *__lsan_default_suppressions(void);

/* 99 is no exit code of relrun's: no test takes a report for an ordinary failure. */
const char *__asan_default_options(void) { return "detect_leaks=1:exitcode=99"; }

const char *__ubsan_default_options(void) { return "print_stacktrace=1"; }

const char *__lsan_default_options(void) { return "print_suppressions=0"; } /* a suite's last line is its sum */

/* libgit2 1.5 loses a match of the regular expressions with which it opens a repository with extensions. The fast
 * unwinder may miss libgit2's frames; nothing else here uses pcre2. */
const char *__lsan_default_suppressions(void) {
    return "leak:git_config_foreach_match\nleak:libpcre2-8.so\n";
}

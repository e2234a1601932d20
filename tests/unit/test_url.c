#include <string.h>

#include "../../interp/prim/err.h"
#include "../../interp/prim/url.h"
#include "unit.h"

static struct err err;
static struct url url, base;

/* The normal form, or the message. */
static const char *parse(const char *text) {
    return url_parse(&url, text, &err) == 0 ? url.text : err.text;
}

static const struct {
    const char *text, *normal;
} valid[] = {
    {"https://api.github.com", "https://api.github.com/"},
    {"https://api.github.com/", "https://api.github.com/"},
    {"HTTPS://API.GitHub.COM/Repos?Q=A", "https://api.github.com/Repos?Q=A"},
    {"https://h:443/x", "https://h/x"},
    {"https://h:0443/x", "https://h/x"},
    {"https://h:8443/x", "https://h:8443/x"},
    {"https://h:80/", "https://h:80/"},
    {"http://localhost:80/", "http://localhost/"},
    {"http://LOCALHOST:8080", "http://localhost:8080/"},
    {"http://127.0.0.1:443/a", "http://127.0.0.1:443/a"},
    {"http://127.255.255.254/", "http://127.255.255.254/"},
    {"http://[::1]:8080/a", "http://[::1]:8080/a"},
    {"http://[0:0:0:0:0:0:0:1]/", "http://[::1]/"},
    {"https://[2001:DB8:0:0::0001]/", "https://[2001:db8::1]/"},
    {"https://192.0.2.1/", "https://192.0.2.1/"},
    {"https://h?q", "https://h/?q"},
    {"https://h#fragment", "https://h/"},
    {"https://h/a?b#c@evil.test", "https://h/a?b"},
    {"https://good.test#@evil.test/", "https://good.test/"},
    {"https://h/a/b/../c/./d", "https://h/a/c/d"},
    {"https://h/../../a", "https://h/a"},
    {"https://h/a/..", "https://h/"},
    {"https://h/a/.", "https://h/a/"},
    {"https://h/a/...", "https://h/a/..."},
    {"https://h/a?b/../c", "https://h/a?b/../c"},
    {"https://h//a//b", "https://h//a//b"},
    {"https://h/a%2Fb/%2e%2E", "https://h/a%2Fb/%2e%2E"},
    {"https://h/a@b:c", "https://h/a@b:c"},
    {"https://h/?a=[1]&b=(2)*!$'+,;~", "https://h/?a=[1]&b=(2)*!$'+,;~"},
    {"https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"},
    {"https://my_bucket.s3.example/", "https://my_bucket.s3.example/"},
    {"https://1.example/", "https://1.example/"},
    {"https://0x7f.example/", "https://0x7f.example/"},
};

START_TEST(an_address_has_one_normal_form) {
    ck_assert_str_eq(parse(valid[_i].text), valid[_i].normal);
}
END_TEST

START_TEST(the_normal_form_is_its_own) {
    ck_assert_str_eq(parse(valid[_i].normal), valid[_i].normal);
}
END_TEST

static const struct {
    const char *text, *why;
} refused[] = {
    {"", "without https://"},
    {"api.github.com/x", "without https://"},
    {"//api.github.com/x", "without https://"},
    {"/x", "without https://"},
    {"ftp://h/", "neither https nor http"},
    {"file:///etc/passwd", "neither https nor http"},
    {"javascript:alert(1)", "neither https nor http"},
    {"httpss://h/", "neither https nor http"},
    {"https:/h/", "without //"},
    {"https:h", "without //"},
    {"https:\\\\h\\x", "without //"},
    {"https://", "without a host"},
    {"https:///x", "without a host"},
    {"https://:443/", "without a host"},
    {"https://user@h/", "user name"},
    {"https://user:pass@h/", "user name"},
    {"https://good.test@evil.test/", "user name"},
    {"https://@h/", "user name"},
    {"https://good.test%40evil.test/", "letters, digits"},
    {"https://good.test\\@evil.test/", "user name"},
    {"https://good.test\\.evil.test/", "letters, digits"},
    {"https://b\xC3\xBC" "cher.example/", "letters, digits"},
    {"https://h\xE3\x80\x82test/", "letters, digits"},
    {"https://h\tx/", "letters, digits"},
    {"https://h x/", "letters, digits"},
    {" https://h/", "without https://"},
    {"https://h/ x", "0x20"},
    {"https://h/x\n", "0x0a"},
    {"https://h/x\r\nHost: evil", "0x0d"},
    {"https://h/\x7F", "0x7f"},
    {"https://h/\\x", "0x5c"},
    {"https://h/?q=\"", "0x22"},
    {"https://h/<x>", "0x3c"},
    {"https://h/{x}", "0x7b"},
    {"https://h/\xC3\xA9", "0xc3"},
    {"https://h/%", "two hex digits"},
    {"https://h/%4", "two hex digits"},
    {"https://h/?%zz", "two hex digits"},
    {"https://h:0/", "1 to 65535"},
    {"https://h:65536/", "1 to 65535"},
    {"https://h:/", "1 to 65535"},
    {"https://h:99999999999999999999/", "1 to 65535"},
    {"https://h:44x/", "1 to 65535"},
    {"https://h:443:80/", "1 to 65535"},
    {"https://h:-1/", "1 to 65535"},
    {"https://h./", "empty, too long"},
    {"https://.h/", "empty, too long"},
    {"https://a..b/", "empty, too long"},
    {"https://-h/", "empty, too long"},
    {"https://h-/", "empty, too long"},
    {"https://127.1/", "no address of four"},
    {"https://2130706433/", "no address of four"},
    {"https://0x7f000001/", "no address of four"},
    {"https://0x7f.0.0.0x1/", "no address of four"},
    {"https://0177.0.0.1/", "no address of four"},
    {"https://1.2.3.256/", "no address of four"},
    {"https://[::1/", "without its end"},
    {"https://[]/", "no IPv6 address"},
    {"https://[::1%lo]/", "no IPv6 address"},
    {"https://[127.0.0.1]/", "no IPv6 address"},
    {"https://[::1]x/", "neither a port nor a path"},
    {"http://api.github.com/", "this machine only"},
    {"http://192.168.0.1/", "this machine only"},
    {"http://128.0.0.1/", "this machine only"},
    {"http://[::2]/", "this machine only"},
    {"http://[::ffff:127.0.0.1]/", "this machine only"},
    {"http://localhost.evil.test/", "this machine only"},
    {"http://notlocalhost/", "this machine only"},
    {"http://0.0.0.0/", "this machine only"},
};

START_TEST(what_could_be_understood_differently_is_refused) {
    ck_assert_err(url_parse(&url, refused[_i].text, &err), err, ERR_FORMAT, refused[_i].why);
}
END_TEST

START_TEST(too_long_is_refused_and_the_longest_is_not) {
    static char text[URL_MAX + 64];
    memset(text, 'a', sizeof text);
    memcpy(text, "https://h/", 10);
    text[URL_MAX] = '\0';
    ck_assert_int_eq(url_parse(&url, text, &err), 0);
    text[URL_MAX] = 'a';
    text[URL_MAX + 1] = '\0';
    ck_assert_err(url_parse(&url, text, &err), err, ERR_LIMIT, "8192 bytes");
    /* The normal form has one byte more: a slash. */
    memset(text, 'a', sizeof text);
    memcpy(text, "https://h?", 10);
    text[URL_MAX] = '\0';
    ck_assert_err(url_parse(&url, text, &err), err, ERR_LIMIT, "8192 bytes");
    memcpy(text, "https://a.", 10);
    text[8 + URL_HOST_MAX + 1] = '\0';
    ck_assert_err(url_parse(&url, text, &err), err, ERR_LIMIT, "253 bytes");
    memset(text, 'a', sizeof text);
    memcpy(text, "https://", 8);
    text[8 + 63] = '\0';
    ck_assert_int_eq(url_parse(&url, text, &err), 0);
    text[8 + 63] = 'a';
    text[8 + 64] = '\0';
    ck_assert_err(url_parse(&url, text, &err), err, ERR_FORMAT, "too long");
}
END_TEST

static const struct {
    const char *reference, *target;
} references[] = {
    /* RFC 3986, 5.4.1 and 5.4.2, with an address of ours; what has another scheme is refused, not followed. */
    {"g", "https://a/b/c/g"},
    {"./g", "https://a/b/c/g"},
    {"g/", "https://a/b/c/g/"},
    {"/g", "https://a/g"},
    {"//g", "https://g/"},
    {"?y", "https://a/b/c/d;p?y"},
    {"g?y", "https://a/b/c/g?y"},
    {"#s", "https://a/b/c/d;p?q"},
    {"g#s", "https://a/b/c/g"},
    {"g?y#s", "https://a/b/c/g?y"},
    {";x", "https://a/b/c/;x"},
    {"g;x", "https://a/b/c/g;x"},
    {"", "https://a/b/c/d;p?q"},
    {".", "https://a/b/c/"},
    {"./", "https://a/b/c/"},
    {"..", "https://a/b/"},
    {"../g", "https://a/b/g"},
    {"../..", "https://a/"},
    {"../../g", "https://a/g"},
    {"../../../g", "https://a/g"},
    {"/./g", "https://a/g"},
    {"/../g", "https://a/g"},
    {"g.", "https://a/b/c/g."},
    {"..g", "https://a/b/c/..g"},
    {"./../g", "https://a/b/g"},
    {"g/./h", "https://a/b/c/g/h"},
    {"g/../h", "https://a/b/c/h"},
    {"g;x=1/../y", "https://a/b/c/y"},
    {"g?y/../x", "https://a/b/c/g?y/../x"},
    {"https://other:443/x", "https://other/x"},
    {"HTTPS://OTHER", "https://other/"},
    {"//other:8443/x?y", "https://other:8443/x?y"},
    {"1:2", "https://a/b/c/1:2"},
    {"http:g", "an address without // behind its scheme"},
    {"mailto:x@y", "an address that is neither https nor http"},
    {"///evil.test/", "an address without a host"},
    {"//user@evil.test/", "an address with a user name in it; credentials are given by the environment"},
    {"/\\evil.test", "byte 0x5c in an address, where it has to stand as %5C"},
    {"\\\\evil.test", "byte 0x5c in an address, where it has to stand as %5C"},
};

START_TEST(a_reference_is_resolved_as_rfc_3986_says) {
    ck_assert_int_eq(url_parse(&base, "https://a/b/c/d;p?q", &err), 0);
    if (url_resolve(&url, &base, references[_i].reference, &err) == 0)
        ck_assert_str_eq(url.text, references[_i].target);
    else
        ck_assert_str_eq(err.text, references[_i].target);
}
END_TEST

START_TEST(a_reference_cannot_make_an_address_too_long) {
    static char path[URL_MAX];
    memset(path, 'a', sizeof path);
    path[sizeof path - 1] = '\0';
    ck_assert_int_eq(url_parse(&base, "https://host/long/path", &err), 0);
    ck_assert_err(url_resolve(&url, &base, path, &err), err, ERR_LIMIT, "8192 bytes");
    path[0] = '/';
    ck_assert_err(url_resolve(&url, &base, path, &err), err, ERR_LIMIT, "8192 bytes");
    path[0] = '?';
    ck_assert_err(url_resolve(&url, &base, path, &err), err, ERR_LIMIT, "8192 bytes");
}
END_TEST

START_TEST(an_origin_is_scheme_host_and_port) {
    static const struct {
        const char *a, *b;
        int same;
    } pairs[] = {
        {"https://h/a", "https://H:443/b?c", 1},     {"https://h/", "https://h:444/", 0},
        {"https://h:443/", "http://localhost/", 0},  {"http://localhost/", "https://localhost/", 0},
        {"http://localhost/", "http://localhost:80/", 1}, {"http://localhost/", "http://127.0.0.1/", 0},
        {"https://h/", "https://h2/", 0},            {"https://h.test/", "https://h/test", 0},
        {"https://[::1]/", "https://[0::1]/", 1},    {"https://a.h/", "https://h/", 0},
        {"https://h:8/", "https://h:80/", 0},
    };
    size_t i;
    char origin[URL_ORIGIN_MAX];
    for (i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        ck_assert_int_eq(url_parse(&url, pairs[i].a, &err), 0);
        ck_assert_int_eq(url_parse(&base, pairs[i].b, &err), 0);
        ck_assert_msg(url_same_origin(&url, &base) == pairs[i].same, "%s and %s", pairs[i].a, pairs[i].b);
    }
    ck_assert_int_eq(url_parse(&url, "HTTPS://Example.ORG:8443/a?b", &err), 0);
    url_origin(origin, &url);
    ck_assert_str_eq(origin, "https://example.org:8443");
    ck_assert_uint_eq(url.port, 8443);
    ck_assert_int_eq(url.tls, 1);
    ck_assert_uint_eq(url.path_length, 2);
}
END_TEST

START_TEST(no_message_quotes_what_may_be_secret) {
    static const char *const texts[] = {"https://canary:canary@h/", "https://h/canary canary", "https://h/?t=canary\"",
                                        "https://h:44/canary%",     "canary://h/",             "canary",
                                        "https://h:canary/",        "https://h/canary\n",      "https://[canary]/"};
    size_t i;
    for (i = 0; i < sizeof texts / sizeof *texts; i++) {
        ck_assert_int_lt(url_parse(&url, texts[i], &err), 0);
        ck_assert_ptr_null(strstr(err.text, "canary"));
    }
}
END_TEST

#define COUNT(table) (int)(sizeof table / sizeof *table)

int main(void) {
    Suite *suite = suite_create("url");
    TCase *all = tcase_create("all");
    suite_add_tcase(suite, all);
    tcase_add_loop_test(all, an_address_has_one_normal_form, 0, COUNT(valid));
    tcase_add_loop_test(all, the_normal_form_is_its_own, 0, COUNT(valid));
    tcase_add_loop_test(all, what_could_be_understood_differently_is_refused, 0, COUNT(refused));
    tcase_add_test(all, too_long_is_refused_and_the_longest_is_not);
    tcase_add_loop_test(all, a_reference_is_resolved_as_rfc_3986_says, 0, COUNT(references));
    tcase_add_test(all, a_reference_cannot_make_an_address_too_long);
    tcase_add_test(all, an_origin_is_scheme_host_and_port);
    tcase_add_test(all, no_message_quotes_what_may_be_secret);
    return unit_run(suite);
}

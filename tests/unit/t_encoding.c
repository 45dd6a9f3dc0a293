#include "base/text.h"
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static int open_text(void **s)
{
    (void)s;
    return text_open() == ERR_OK ? 0 : -1;
}

static int close_text(void **s)
{
    (void)s;
    text_close();
    return 0;
}

#define BYTES(lit) lit, sizeof(lit) - 1

/* 华为,Acme\n in each encoding */
#define IN_UTF8    "\xe5\x8d\x8e\xe4\xb8\xba,Acme\n"
#define IN_GB18030 "\xbb\xaa\xce\xaa,Acme\n"
#define IN_UTF16LE "\x4e\x53\x3a\x4e,\0A\0c\0m\0e\0\n\0"
#define IN_UTF16BE "\x53\x4e\x4e\x3a\0,\0A\0c\0m\0e\0\n"

static void encodings_are_recognised(void **s)
{
    (void)s;
    static const struct {
        const char *bytes;
        size_t      n;
        bool        whole;
        encoding    want;
        size_t      bom;
    } rows[] = {
        { BYTES(""), true, ENC_UTF8, 0 },
        { BYTES("plain"), true, ENC_UTF8, 0 },
        { BYTES(IN_UTF8), true, ENC_UTF8, 0 },
        { BYTES("\xef\xbb\xbf" IN_UTF8), true, ENC_UTF8, 3 },
        { BYTES(IN_GB18030), true, ENC_GB18030, 0 },
        { BYTES("abc\x81\x30\x81\x30"), true, ENC_GB18030, 0 },
        { BYTES(IN_UTF16LE), true, ENC_UTF16LE, 0 },
        { BYTES(IN_UTF16BE), true, ENC_UTF16BE, 0 },
        { BYTES("\xff\xfe" IN_UTF16LE), true, ENC_UTF16LE, 2 },
        { BYTES("\xfe\xff" IN_UTF16BE), true, ENC_UTF16BE, 2 },
        { BYTES("a\0b\0"), true, ENC_UTF16LE, 0 },
        { BYTES("\0a\0b"), true, ENC_UTF16BE, 0 },
        { BYTES("a\0b\0c"), false, ENC_UTF16LE, 0 },
        { BYTES("a\0b\0c"), true, ENC_UNKNOWN, 0 },
        { BYTES("\x4e\x53\x3a\x4e\x09\x67\x50\x96"), true, ENC_UTF16LE, 0 }, /* 华为有限 without a zero */
        { BYTES("abc\xe5\x8d"), false, ENC_UTF8, 0 },
        { BYTES("abc\xbb"), false, ENC_GB18030, 0 },
        { BYTES("abc\xbb"), true, ENC_UNKNOWN, 0 },
        { BYTES("PK\x03\x04\x14\0\0\0\x08\0\xab\xcd\x12\x34\0\0"), true, ENC_UNKNOWN, 0 },
        { BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0"), true, ENC_UNKNOWN, 0 },
        { BYTES("\xff\xfe\0\0a\0\0\0"), true, ENC_UNKNOWN, 0 },
        { BYTES("\xff\xff\xff"), true, ENC_UNKNOWN, 0 },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        size_t   bom = 77;
        encoding e = encoding_detect(rows[i].bytes, rows[i].n, rows[i].whole, &bom);
        if (e != rows[i].want || bom != rows[i].bom)
            fail_msg("row %zu: %s, mark of %zu", i, encoding_name(e), bom);
    }
}

/* Decodes in pieces of `step` bytes. */
static err decode(encoding e, const char *bytes, size_t n, size_t step, buf *out, int64_t *bad)
{
    decoder *d = decoder_open(e);
    err      r = ERR_OK;
    for (size_t i = 0; r == ERR_OK && i < n; i += step) {
        size_t take = n - i < step ? n - i : step;
        char  *copy = malloc(take); /* so that reading too far is seen */
        assert_non_null(copy);
        memcpy(copy, bytes + i, take);
        r = decoder_put(d, copy, take, i + take == n, out, bad);
        free(copy);
    }
    decoder_close(d);
    return r;
}

static void files_are_decoded_in_pieces_of_any_length(void **s)
{
    (void)s;
    static const struct {
        encoding    e;
        const char *bytes;
        size_t      n;
        const char *text;
    } rows[] = {
        { ENC_UTF8, BYTES(IN_UTF8), IN_UTF8 },
        { ENC_GB18030, BYTES(IN_GB18030), IN_UTF8 },
        { ENC_UTF16LE, BYTES(IN_UTF16LE), IN_UTF8 },
        { ENC_UTF16BE, BYTES(IN_UTF16BE), IN_UTF8 },
        { ENC_UTF8, BYTES("a\xf0\xa0\x80\x80z"), "a𠀀z" },
        { ENC_GB18030, BYTES("a\x95\x32\x82\x36z\xa2\xe3"), "a𠀀z€" },
        { ENC_UTF16LE, BYTES("\x40\xd8\x00\xdcz\0"), "𠀀z" },
        { ENC_UTF16BE, BYTES("\xd8\x40\xdc\x00\0z"), "𠀀z" },
        { ENC_GB18030, BYTES("\x81\x39\xee\x39"), "㐀" },
    };
    for (size_t i = 0; i < countof(rows); i++)
        for (size_t step = 1; step <= rows[i].n; step++) {
            buf     out;
            int64_t bad = 77;
            buf_init(&out, 1000);
            assert_int_equal(decode(rows[i].e, rows[i].bytes, rows[i].n, step, &out, &bad), ERR_OK);
            if (!str_eq(buf_str(&out), str_from(rows[i].text)))
                fail_msg("row %zu step %zu: %.*s", i, step, STR_ARG(buf_str(&out)));
            assert_int_equal(bad, 77);
            buf_free(&out);
        }
}

static void the_first_bad_sequence_is_told(void **s)
{
    (void)s;
    static const struct {
        encoding    e;
        const char *bytes;
        size_t      n;
        int64_t     bad;
    } rows[] = {
        { ENC_UTF8, BYTES("ab\xff z"), 2 },
        { ENC_UTF8, BYTES("ab\0z"), 2 },
        { ENC_UTF8, BYTES("华\xe5\x8dz"), 3 },
        { ENC_UTF8, BYTES("华\xe5\x8d"), 3 },
        { ENC_UTF8, BYTES("\xed\xa0\x80"), 0 },
        { ENC_GB18030, BYTES("ab\xff z"), 2 },
        { ENC_GB18030, BYTES("ab\x81\x20"), 2 },
        { ENC_GB18030, BYTES("ab\xbb"), 2 },
        { ENC_GB18030, BYTES("ab\xbb\xaa\x81\x30\x81"), 4 },
        { ENC_GB18030, BYTES("ab\xbb\xaa\xfe\x39\xfe\x39z"), 4 }, /* well formed, not a character */
        { ENC_UTF16LE, BYTES("a\0\x00\xdcz\0"), 2 },
        { ENC_UTF16LE, BYTES("a\0\x40\xd8z\0"), 2 },
        { ENC_UTF16LE, BYTES("a\0\x40\xd8"), 2 },
        { ENC_UTF16LE, BYTES("a\0b"), 2 },
        { ENC_UTF16BE, BYTES("\0a\0\0"), 2 },
    };
    for (size_t i = 0; i < countof(rows); i++)
        for (size_t step = 1; step <= rows[i].n; step++) {
            buf     out;
            int64_t bad = 77;
            buf_init(&out, 1000);
            if (decode(rows[i].e, rows[i].bytes, rows[i].n, step, &out, &bad) != ERR_MALFORMED || bad != rows[i].bad)
                fail_msg("row %zu step %zu: offset %lld", i, step, (long long)bad);
            assert_true(utf8_valid(buf_str(&out)));
            buf_free(&out);
        }
}

static void a_full_buffer_is_told(void **s)
{
    (void)s;
    buf     out;
    int64_t bad = 0;
    buf_init(&out, 4);
    assert_int_equal(decode(ENC_UTF16LE, BYTES(IN_UTF16LE), 100, &out, &bad), ERR_TOO_LARGE);
    buf_free(&out);
}

static void long_files_keep_every_character(void **s)
{
    (void)s;
    static char in[40000];
    buf         out;
    int64_t     bad = 0;
    for (size_t i = 0; i < sizeof in; i += 4)
        memcpy(in + i, i % 12 ? "\xbb\xaa\xce\xaa" : "\x95\x32\x82\x36", 4);
    for (size_t step = 4093; step <= 40000; step += 35907) {
        buf_init(&out, 1 << 20);
        assert_int_equal(decode(ENC_GB18030, in, sizeof in, step, &out, &bad), ERR_OK);
        assert_true(utf8_valid(buf_str(&out)));
        assert_int_equal(out.n, 3334 * 4 + 6666 * 6);
        buf_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodings_are_recognised),        cmocka_unit_test(files_are_decoded_in_pieces_of_any_length),
        cmocka_unit_test(the_first_bad_sequence_is_told),  cmocka_unit_test(a_full_buffer_is_told),
        cmocka_unit_test(long_files_keep_every_character),
    };
    return cmocka_run_group_tests(tests, open_text, close_text);
}

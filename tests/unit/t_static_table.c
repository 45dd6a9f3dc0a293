/* The files embedded into the program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "http/static_table.h"

static void table_is_sorted_and_has_the_front_page(void **state)
{
    int front = 0;
    (void)state;
    assert_true(static_file_count >= 1);
    for (size_t i = 0; i < static_file_count; i++) {
        const static_file *f = &static_files[i];
        assert_true(f->path[0] == '/');
        assert_true(f->etag[0] == '"' && f->etag[strlen(f->etag) - 1] == '"');
        assert_true(f->plain != NULL && f->plain_n > 0);
        assert_true((f->gzip == NULL) == (f->gzip_n == 0));
        assert_true((f->brotli == NULL) == (f->brotli_n == 0));
        if (i > 0)
            assert_true(strcmp(static_files[i - 1].path, f->path) < 0);
        if (strcmp(f->path, "/index.html") == 0) {
            front = 1;
            assert_false(f->immutable);
            assert_string_equal(f->type, "text/html; charset=utf-8");
        }
    }
    assert_int_equal(front, 1);
}

static void every_locale_is_a_json_object(void **state)
{
    (void)state;
    for (size_t i = 0; i < locale_file_count; i++)
        if (strstr(locale_files[i].name, ".json"))
            assert_int_equal(locale_files[i].bytes[0], '{');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_is_sorted_and_has_the_front_page),
        cmocka_unit_test(every_locale_is_a_json_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

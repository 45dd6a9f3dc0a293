/* PEOPLE-11: whose turn it is, and that the preview counts what then happens. */
#include <cmocka.h>

#include "io/io.h"

static handover_part among(const int *shares, size_t count)
{
    handover_part p = { .count = count };
    for (size_t i = 0; i < count; i++)
        p.share[i] = shares[i];
    return p;
}

static void turns_come_evenly_and_by_share(void **state)
{
    (void)state;
    const int     two_to_one[] = { 2, 1 }, alike[] = { 1, 1, 1 };
    handover_part a = among(two_to_one, 2), b = among(alike, 3);
    const size_t  as[] = { 0, 1, 0, 0, 1, 0 }, bs[] = { 0, 1, 2, 0, 1, 2 };
    for (int64_t i = 0; i < 6; i++) {
        assert_int_equal(io_handover_turn(&a, i), as[i]);
        assert_int_equal(io_handover_turn(&b, i), bs[i]);
    }
}

static void what_is_shown_is_what_happens(void **state)
{
    (void)state;
    const int shares[][4] = { { 1, 1, 1, 1 }, { 3, 1, 1, 2 }, { 100, 1, 7, 7 }, { 1, 2, 3, 4 }, { 50, 50, 100, 1 } };
    for (size_t k = 0; k < countof(shares); k++)
        for (size_t people = 1; people <= 4; people++) {
            handover_part p = among(shares[k], people);
            int64_t       got[4] = { 0 };
            for (int64_t n = 0; n < 450; n++) {
                for (size_t i = 0; i < people; i++)
                    assert_int_equal(io_handover_gets(&p, i, n), got[i]);
                got[io_handover_turn(&p, n)]++;
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(turns_come_evenly_and_by_share),
                                        cmocka_unit_test(what_is_shown_is_what_happens) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

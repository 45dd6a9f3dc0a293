#include "base/han.h"

/* Where s stands among the sorted syllables: the first that is not before it. */
bool han_is_syllable(str s, bool *begins)
{
    size_t low = 0, high = han_syllable_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (str_compare(str_from(han_syllables[middle]), s) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    str found = low < han_syllable_count ? str_from(han_syllables[low]) : (str){ NULL, 0 };
    *begins = found.n && str_starts(found, s);
    return *begins && found.n == s.n;
}

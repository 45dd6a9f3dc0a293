/* han_table OUTPUT — writes the C table of src/base/han.h: for each Chinese character its simplified form and its
 * readings. Runs when the program is built; the knowledge is ICU's and that of src/base/polyphones.h. */
#include "base/han.h"
#include "base/polyphones.h"
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>

enum { CHARACTERS = HAN_END - HAN_FIRST, SYLLABLES_MAX = 1000, UNITS = 64 };

typedef struct {
    char text[HAN_READINGS][HAN_SYLLABLE_TEXT];
    int  count;
} readings;

static readings all[CHARACTERS];
static uint32_t simplified[CHARACTERS];
static char     syllables[SYLLABLES_MAX][HAN_SYLLABLE_TEXT];
static size_t   syllable_count;

static void die(const char *what)
{
    fprintf(stderr, "han_table: %s\n", what);
    exit(1);
}

static void check(UErrorCode e)
{
    if (U_FAILURE(e))
        die(u_errorName(e));
}

static UTransliterator *open_transliterator(const char *name)
{
    UErrorCode e = U_ZERO_ERROR;
    UChar      id[UNITS];
    u_uastrcpy(id, name);
    UTransliterator *t = utrans_openU(id, -1, UTRANS_FORWARD, NULL, -1, NULL, &e);
    check(e);
    return t;
}

static int32_t transliterate(const UTransliterator *t, uint32_t c, UChar out[UNITS])
{
    UErrorCode e = U_ZERO_ERROR;
    int32_t    n = 1, limit = 1;
    out[0] = (UChar)c;
    utrans_transUChars(t, out, &n, UNITS, 0, &limit, &e);
    check(e);
    return n;
}

static void add_exactly(readings *r, const char *text)
{
    static const char *const grunts[] = { "n", "m", "ng", "hm", "hng" }; /* would split every typed word in vain */
    for (size_t i = 0; i < countof(grunts); i++)
        if (strcmp(text, grunts[i]) == 0)
            return;
    for (int i = 0; i < r->count; i++)
        if (strcmp(r->text[i], text) == 0)
            return;
    if (r->count < HAN_READINGS)
        snprintf(r->text[r->count++], HAN_SYLLABLE_TEXT, "%s", text);
}

/* ü is typed v or u. */
static void add(readings *r, const char *text)
{
    add_exactly(r, text);
    if ((text[0] == 'l' || text[0] == 'n') && text[1] == 'v') {
        char plain[HAN_SYLLABLE_TEXT];
        snprintf(plain, sizeof plain, "%s", text);
        plain[1] = 'u';
        add_exactly(r, plain);
    }
}

/* The reading with its tone mark taken off; nothing where it is no syllable of a to z. */
static void add_from_icu(readings *r, const UTransliterator *t, const UNormalizer2 *nfd, uint32_t c)
{
    UErrorCode e = U_ZERO_ERROR;
    UChar      raw[UNITS], apart[UNITS];
    int32_t    n = transliterate(t, c, raw);
    if (n == 1 && raw[0] == c)
        return;
    n = unorm2_normalize(nfd, raw, n, apart, UNITS, &e);
    check(e);
    char text[HAN_SYLLABLE_TEXT];
    int  length = 0;
    for (int32_t i = 0; i < n; i++) {
        if (apart[i] == 0x308 && length)
            text[length - 1] = 'v';
        else if (apart[i] >= 0x300 && apart[i] < 0x370)
            continue;
        else if (apart[i] >= 'a' && apart[i] <= 'z' && length < HAN_SYLLABLE_TEXT - 1)
            text[length++] = (char)apart[i];
        else
            return;
    }
    text[length] = '\0';
    if (length)
        add(r, text);
}

static void add_polyphones(void)
{
    for (size_t i = 0; i < countof(polyphones); i++) {
        const unsigned char *p = (const unsigned char *)polyphones[i];
        uint32_t             c = (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
        if (c < HAN_FIRST || c >= HAN_END || p[3] != ' ')
            die(polyphones[i]);
        char line[64];
        if (snprintf(line, sizeof line, "%s", polyphones[i] + 4) >= (int)sizeof line)
            die(polyphones[i]);
        for (char *word = strtok(line, " "); word; word = strtok(NULL, " "))
            add(&all[c - HAN_FIRST], word);
    }
}

/* The simplified form of the simplified form … : folding twice must change nothing more. */
static void settle_simplified(void)
{
    for (uint32_t i = 0; i < CHARACTERS; i++)
        for (int step = 0; step < 4; step++)
            if (simplified[i] >= HAN_FIRST && simplified[i] < HAN_END)
                simplified[i] = simplified[simplified[i] - HAN_FIRST];
    for (uint32_t i = 0; i < CHARACTERS; i++)
        if (simplified[simplified[i] - HAN_FIRST] != simplified[i])
            simplified[i] = i + HAN_FIRST; /* a ring */
}

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void collect_syllables(void)
{
    for (size_t i = 0; i < CHARACTERS; i++)
        for (int k = 0; k < all[i].count; k++) {
            size_t at = 0;
            while (at < syllable_count && strcmp(syllables[at], all[i].text[k]) != 0)
                at++;
            if (at == SYLLABLES_MAX)
                die("too many syllables");
            if (at == syllable_count)
                memcpy(syllables[syllable_count++], all[i].text[k], HAN_SYLLABLE_TEXT);
        }
    qsort(syllables, syllable_count, sizeof syllables[0], compare);
}

static uint64_t packed(size_t i)
{
    uint64_t v = 0;
    for (int k = all[i].count - 1; k >= 0; k--) {
        const char *found = bsearch(all[i].text[k], syllables, syllable_count, sizeof syllables[0], compare);
        size_t      place = (size_t)(found - syllables[0]) / sizeof syllables[0];
        v = v << HAN_SYLLABLE_BITS | (place + 1);
    }
    return v << 16 | simplified[i];
}

static void write_table(const char *path)
{
    FILE *f = fopen(path, "w");
    if (!f)
        die(path);
    fputs("/* Made by tools/han_table.c. */\n#include \"base/han.h\"\n\n", f);
    fprintf(f, "const size_t han_syllable_count = %zu;\nconst char han_syllables[][HAN_SYLLABLE_TEXT] = {\n",
            syllable_count);
    for (size_t i = 0; i < syllable_count; i++)
        fprintf(f, "    \"%s\",\n", syllables[i]);
    fputs("};\n\nconst uint64_t han_table[HAN_END - HAN_FIRST] = {\n", f);
    for (size_t i = 0; i < CHARACTERS; i++)
        fprintf(f, "%s0x%llxu,%s", i % 8 ? " " : "    ", (unsigned long long)packed(i), i % 8 == 7 ? "\n" : "");
    fputs("};\n", f);
    if (fclose(f) != 0)
        die(path);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        die("usage: han_table OUTPUT");
    UErrorCode          e = U_ZERO_ERROR;
    const UNormalizer2 *nfd = unorm2_getNFDInstance(&e);
    check(e);
    UTransliterator *to_latin = open_transliterator("Han-Latin");
    UTransliterator *to_simplified = open_transliterator("Traditional-Simplified");
    add_polyphones();
    for (uint32_t c = HAN_FIRST; c < HAN_END; c++) {
        UChar   out[UNITS];
        int32_t n = transliterate(to_simplified, c, out);
        bool    one = n == 1 && out[0] >= HAN_FIRST && out[0] < HAN_END;
        simplified[c - HAN_FIRST] = one ? out[0] : c;
        add_from_icu(&all[c - HAN_FIRST], to_latin, nfd, c);
    }
    settle_simplified();
    collect_syllables();
    write_table(argv[1]);
    utrans_close(to_latin);
    utrans_close(to_simplified);
    return 0;
}

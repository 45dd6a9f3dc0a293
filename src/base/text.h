/* text.h — what ICU does for Zhike: order, folding, search tokens, zones, encodings.
 *
 * One process-wide set of immutable ICU objects (collator, transliterators, pinyin table), opened by
 * text_open() at start (some 10 ms); all calls are then thread-safe. base/ alone includes ICU headers.
 * Memory: results are in the caller's arena. Inputs are valid UTF-8 (utf8_valid) unless said. */
#ifndef ZK_BASE_TEXT_H
#define ZK_BASE_TEXT_H
#include "base/arena.h"
#include "base/buf.h"

err  text_open(void) MUST_USE; /* ERR_INTERNAL with a log line when ICU's data is missing */
void text_close(void);

/* Names the collation: ICU and CLDR version and our settings, e.g. "72.1/153.120/zh-pinyin/2".
 * Stored keys made under another name must be rebuilt. */
const char *text_collation_version(void);

/* Sort key of zh-u-co-pinyin at secondary strength: bytes compare as people expect (Latin letters before
 * Chinese characters, those by pinyin), and texts that differ only in case or width have equal keys.
 * Without the final NUL of ICU. Empty for an empty text. */
str text_sort_key(arena *a, str s);

/* Lower case by the root locale's full rules: the same as PostgreSQL's lower(x COLLATE "und-x-icu"). */
str text_lower(arena *a, str s);

/* Folded for search: NFKC, case folded, traditional to simplified characters, accents removed. */
str text_fold(arena *a, str s);

/* A name of a–z, 0–9 and single underscores, at most `most` bytes: Chinese by its commonest reading ("客户等级 2" →
 * "kehudengji_2"), everything else left out; empty where nothing remains. */
str text_slug(arena *a, str s, size_t most);

/* Trims, removes control characters but tab and newline (newlines only where `lines`), NFC, CRLF → LF. */
str text_clean(arena *a, str s, bool lines);

/* Tokens under which a text is found, made once for index and query so that both engines agree.
 * A token is a kind letter and a word, 2 to 63 bytes of a–z and 0–9 only, so that no engine cuts or folds it further:
 *   w+word   Latin word with its digits (folded; found by prefix); u+… the same for other alphabets
 *   c+X, p+XY one Chinese character or kana, every pair of neighbours; X is the code point in base 36
 *   s+…      pinyin: the last syllable of a run, every two neighbouring syllables joined, with each common reading
 *   i+…      initials: of every piece of a run that is two to eight characters long
 *   d+four   every overlapping run of four digits; the usual separators of telephone numbers dropped
 *            ("+86 138-0013 8000" → digits 8613800138000)
 * The grammar stands at the top of text_tokens.c; what must hold:
 *   - Chinese text is found by any two consecutive characters and longer pieces of it;
 *   - a Latin word by any prefix of at least two letters (prefix match on the last token);
 *   - a number of at least four digits by any four or more consecutive digits;
 *   - Chinese text by full pinyin of consecutive characters ("huawei", "huaw"), and by initials ("hw", "bj") of
 *     two or more consecutive characters; 银行 by yh and yinhang, 重庆 by cq and chongqing;
 *   - traditional, full-width, accented and upper-case forms meet their plain ones. */
typedef enum { TOKENS_INDEX, TOKENS_QUERY } token_use;

typedef struct {
    str  text;   /* kind letter + word */
    bool prefix; /* query only: matches every index token that begins with it */
} token;

typedef struct {
    token *list; /* distinct */
    size_t count;
} token_list;

/* Index: all tokens of the text, at most limit.
 * Query: groups of alternatives: a hit must match, for every group, at least one of its alternatives,
 * an alternative being a set of tokens that must all be there (see text_query below). */
token_list text_tokens(arena *a, str s, size_t limit);

typedef struct {
    token *all; /* every one of these */
    size_t count;
} token_set;

typedef struct {
    token_set *any; /* one of these sets */
    size_t     count;
} token_group;

typedef struct {
    token_group *every; /* each of these; 0: the query has nothing to search by */
    size_t       count;
} token_query;

/* The words of what a person typed: "华为 138" → two groups. A Latin word such as "huawei" gives one group
 * whose alternatives are: word prefix, pinyin syllables, initials. */
token_query text_query(arena *a, str typed);

/* Zones (IANA names). */
bool    zone_known(str zone);
int64_t zone_offset_ms(str zone, int64_t at_ms);   /* local − UTC at an instant */
int64_t zone_change_ms(str zone, int64_t at_ms);   /* after it the offset stays up to then; INT64_MAX: for good */
int64_t zone_day_start_ms(str zone, int64_t days); /* first instant of a civil day there */
int64_t zone_local_date(str zone, int64_t at_ms);  /* the civil day there, days since 1970 */

/* Encodings of files. */
typedef enum { ENC_UTF8, ENC_UTF16LE, ENC_UTF16BE, ENC_GB18030, ENC_UNKNOWN } encoding;
const char *encoding_name(encoding e);

/* Looks at bytes (any; the more of the file the better): BOM, else UTF-16 by its zeros, else valid UTF-8
 * (an incomplete last character is forgiven when !whole), else GB18030, else unknown (NULs, binary).
 * bom_bytes: how many to skip. */
encoding encoding_detect(const void *bytes, size_t n, bool whole, size_t *bom_bytes);

/* Streaming decoder to UTF-8: fails with ERR_MALFORMED and the byte offset of the first bad sequence. */
typedef struct decoder decoder;
decoder               *decoder_open(encoding e);
err  decoder_put(decoder *d, const void *bytes, size_t n, bool last, buf *out, int64_t *bad_offset) MUST_USE;
void decoder_close(decoder *d);
#endif

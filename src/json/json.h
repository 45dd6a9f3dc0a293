/* json.h — reading and writing JSON (RFC 8259).
 *
 * Reading   A tree in the caller's arena. Numbers keep their digits (money and decimals never pass through a
 *           double), which is why no library that hands out doubles stands here. Refused, with the byte offset:
 *           anything RFC 8259 refuses, invalid UTF-8, NUL (also as \u0000), lone surrogates, duplicate keys,
 *           nesting past LIMIT_JSON_DEPTH.
 * Writing   Streams into a buf; commas and quoting are the writer's business. Asserts on misuse (a key outside
 *           an object, an unbalanced end). */
#ifndef ZK_JSON_JSON_H
#define ZK_JSON_JSON_H
#include "base/arena.h"
#include "base/buf.h"

typedef enum { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT } json_kind;

typedef struct json json;
struct json {
    json_kind kind;
    str       text;  /* number: its digits; string: decoded */
    json     *first; /* array, object: members in order     */
    json     *next;  /* in the parent                       */
    str       key;   /* in an object                        */
    size_t    count;
};

typedef struct {
    ptrdiff_t   position; /* byte offset */
    const char *what;     /* "a value was expected" … static text */
} json_fault;

err json_parse(arena *a, str text, json **out, json_fault *fault) MUST_USE;

const json *json_get(const json *object, str key);   /* NULL: absent, or not an object */
bool        json_is(const json *j, json_kind kind);  /* NULL-safe */
bool        json_int64(const json *j, int64_t *out); /* a number that is a whole int64 */

typedef struct json_writer {
    buf     *out;
    uint64_t comma;   /* bit i: a member was written at depth i */
    uint64_t objects; /* bit i: depth i is an object            */
    int      depth;   /* at most 63                             */
    bool     after_key;
    bool     sparse; /* members that are null or false are left out; the caller's to set, also in between */
    size_t   key_at; /* where the last key began, its comma included */
    bool     key_comma;
} json_writer;

void json_begin(json_writer *w, buf *out);
void json_object(json_writer *w);
void json_object_end(json_writer *w);
void json_array(json_writer *w);
void json_array_end(json_writer *w);
void json_key(json_writer *w, str key);
/* A key that json_quote() made: for those that are written a thousand times. */
void json_key_quoted(json_writer *w, str quoted);
str  json_quote(arena *a, str key); /* "key": */
void json_string(json_writer *w, str s);
void json_int(json_writer *w, int64_t v);
void json_id(json_writer *w, int64_t id); /* "7" */
void json_number(json_writer *w, str digits);
void json_real(json_writer *w, double v); /* shortest that reads back; null where not finite */
void json_bool(json_writer *w, bool v);
void json_null(json_writer *w);
void json_raw(json_writer *w, str valid_json);
void json_value(json_writer *w, const json *tree);

/* key and value in one call */
void json_put_string(json_writer *w, const char *key, str s);
void json_put_int(json_writer *w, const char *key, int64_t v);
void json_put_id(json_writer *w, const char *key, int64_t id);
void json_put_bool(json_writer *w, const char *key, bool v);
void json_put_null(json_writer *w, const char *key);
#endif

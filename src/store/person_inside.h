/* person_inside.h — what person.c and erase.c share. */
#ifndef ZK_STORE_PERSON_INSIDE_H
#define ZK_STORE_PERSON_INSIDE_H
#include "store/internal.h"

enum { PERSON_RECORDS = 50 };

typedef struct {
    const entity *e;
    int64_t       id;
} person_record;

/* The records that are one and the same person. */
typedef struct {
    person_record list[PERSON_RECORDS];
    size_t        count;
} person;

/* What an erased person was called and reached by, in their records and in the history of these. */
typedef struct {
    str text, folded, number; /* number: of a telephone, else empty */
} person_word;
typedef struct {
    person_word list[200];
    size_t      count;
} person_words;
void person_word_add(ctx *c, person_words *w, const field *f, str text);

/* erase_kept.c: what others typed and what was taken out or brought in, as far as it names the person. */
typedef struct {
    int64_t job, file;
    str     name;
} erased_file;
typedef struct {
    erased_file *list;
    size_t       count;
    int64_t      conditions; /* security events and jobs whose words were replaced */
} erased_kept;
err erase_kept(ctx *c, const person *who, const person_words *w, str mark, erased_kept *out) MUST_USE;

/* JSON texts of rows, rewritten in pages. `read`: key and text of rows behind $1, of record $2 or like pattern $2 where given, at
 * most so many as the last parameter says; `write`: $1 the text, $2 the key. */
typedef str (*row_rewrite)(void *arg, ctx *c, str text, bool *done);
err rewrite_rows(ctx *c, str read, str write, int64_t record, str pattern, row_rewrite rewrite, void *arg,
                 int64_t *count) MUST_USE;

err  person_allowed(ctx *c) MUST_USE;
err  person_find(ctx *c, const rec *on, person *out) MUST_USE;
bool person_points(const field *f); /* does a record that points by it belong to what is kept about a person? */
/* No person, and holds personal data of somebody (who reported a case, what a visitor sent). */
bool person_is_told_of(const entity *e);
/* Living and deleted ones. */
err person_referring(ctx *c, const field *f, int64_t id, int64_t **ids, size_t *count) MUST_USE;
#endif

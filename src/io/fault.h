/* fault.h — why a file or a mapping is refused: a code and up to three words, made into a sentence at the end.
 *
 * The sentence is locale "message.CODE" with {0} {1} {2} replaced. The words are copied, cut to what people can read. */
#ifndef ZK_IO_FAULT_H
#define ZK_IO_FAULT_H
#include "base/arena.h"
#include "base/base.h"

enum { FAULT_WORDS = 3, FAULT_WORD = 200 };

typedef struct {
    err         e;
    const char *code; /* "import.unclosed_quote"; NULL: nothing wrong */
    char        word[FAULT_WORDS][FAULT_WORD];
} io_fault;

/* Sets it and returns e. */
err io_fail(io_fault *f, err e, const char *code, str a, str b);
err io_fail_at(io_fault *f, err e, const char *code, int64_t line, str a); /* {0} the line, {1} a */
str io_fault_text(const io_fault *f, int lang, arena *a);
/* locale "message.CODE" with its words in place. */
str io_say(arena *a, int lang, const char *code, str w0, str w1, str w2);
#endif

#include "io/fault.h"
#include "base/buf.h"
#include "schema/snapshot.h"

static void word_set(char word[FAULT_WORD], str s)
{
    str cut = utf8_valid(s) ? utf8_cut(s, FAULT_WORD - 1) : STR("?");
    if (cut.n > 0)
        memcpy(word, cut.p, (size_t)cut.n);
    word[cut.n] = 0;
}

err io_fail(io_fault *f, err e, const char *code, str a, str b)
{
    *f = (io_fault){ .e = e, .code = code };
    word_set(f->word[0], a);
    word_set(f->word[1], b);
    return e;
}

err io_fail_at(io_fault *f, err e, const char *code, int64_t line, str a)
{
    *f = (io_fault){ .e = e, .code = code };
    snprintf(f->word[0], FAULT_WORD, "%lld", (long long)line);
    word_set(f->word[1], a);
    return e;
}

str io_say(arena *a, int lang, const char *code, str w0, str w1, str w2)
{
    str key = arena_printf(a, "message.%s", code);
    str text = label_get(lang, key);
    str word[FAULT_WORDS] = { w0, w1, w2 };
    buf out;
    buf_init(&out, 64 << 10);
    for (ptrdiff_t i = 0; i < text.n; i++) {
        bool slot = text.p[i] == '{' && i + 2 < text.n && text.p[i + 1] >= '0' && text.p[i + 1] < '0' + FAULT_WORDS &&
                    text.p[i + 2] == '}';
        if (slot) {
            buf_puts(&out, word[text.p[i + 1] - '0']);
            i += 2;
        } else
            buf_putc(&out, text.p[i]);
    }
    str said = arena_str(a, buf_str(&out));
    buf_free(&out);
    return said;
}

str io_fault_text(const io_fault *f, int lang, arena *a)
{
    if (!f->code)
        return STR("");
    return io_say(a, lang, f->code, str_from(f->word[0]), str_from(f->word[1]), str_from(f->word[2]));
}

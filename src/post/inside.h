/* inside.h — what the files of post/ share. */
#ifndef ZK_POST_INSIDE_H
#define ZK_POST_INSIDE_H
#include "post/mail.h"

#define MAIL_PASSWORD "mail.password"
#define MAIL_TEXT     "mail.text"

/* ---- letter.c ---- */
typedef struct {
    str     from, from_name, to, subject, body, id;
    int64_t at_ms;
} letter_parts;
/* Headers and text with CRLF, ready for DATA. Texts may hold anything: what could become a header is encoded. */
str letter_text(arena *a, const letter_parts *p);
/* A header's text as RFC 2047 wants it, folded. */
str letter_header(arena *a, str text);

/* ---- smtp.c ---- */
typedef enum {
    SMTP_SENT,
    SMTP_LATER,    /* surely not taken; may go another time  */
    SMTP_REFUSED,  /* surely not taken, and never will be    */
    SMTP_UNCERTAIN /* handed over, and no answer came        */
} smtp_result;
typedef struct {
    const mail_settings *m;
    str                  password, to, text;
    bool (*handing)(void *arg); /* before the first byte of the text leaves; false: do not */
    bool (*stop)(void *arg);
    void *arg;
} smtp_call;
err         smtp_open(void) MUST_USE;
smtp_result smtp_send(arena *a, const smtp_call *c, str *why);
#endif

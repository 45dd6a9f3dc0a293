/* mail.h — mail that the program sends: letters wait in zk_mail and are sent in the background, by one server at a time.
 *
 * mail_put() runs inside the caller's transaction, so a letter exists exactly when what it tells of does. Its text is sealed
 * (store/secret.h) while it waits, since it may bear a link into the program, and forgotten when it is sent.
 * mail_send_some() is called by the server now and then: it takes what is due and sends it over SMTP. A letter is tried again, at
 * growing distances, only while it is sure that the server has not taken it; where the connection broke after the text was
 * handed over, nobody can know, and it is left as `uncertain`: never twice.
 * Memory: c->a. Errors: ERR_INVALID and ERR_CONFLICT with their reason in c. */
#ifndef ZK_POST_MAIL_H
#define ZK_POST_MAIL_H
#include "permit/ctx.h"

/* ---- the settings ---- */
typedef enum { MAIL_PLAIN, MAIL_STARTTLS, MAIL_TLS, MAIL_SECURITIES } mail_security;
const char *mail_security_name(mail_security s); /* "none", "starttls", "tls" */
bool        mail_security_from(str name, mail_security *out);

typedef struct {
    bool          on; /* host, from and url are known */
    str           host, user, from, from_name;
    str           url; /* where people reach this Zhike: "https://crm.example.com"; links in letters begin with it */
    int64_t       port;
    mail_security security;
    bool          password; /* there is one */
} mail_settings;
err mail_settings_read(ctx *c, mail_settings *out) MUST_USE;
/* Checks and keeps them; problems are collected. password: p NULL leaves the one there is, empty takes it away. */
err mail_settings_write(ctx *c, mail_settings *m, str password) MUST_USE;
/* One plain address, such as "a.b@example.com": no name, no list, nothing that could become a header. */
bool mail_address_good(str s);

/* ---- letters ---- */
typedef enum { MAIL_TEST, MAIL_INVITE, MAIL_RESET, MAIL_TEMPLATES } mail_template;

typedef struct {
    mail_template what;
    str           to;
    int           lang;
    int64_t       user; /* whom it is for; 0: nobody of ours */
    str           name, link;
    int64_t       until_ms; /* the link holds until then */
} mail_letter;

/* ERR_CONFLICT `mail_off`: there is no server for mail. ERR_INVALID: the address is none. */
err mail_put(ctx *c, const mail_settings *m, const mail_letter *letter) MUST_USE;

typedef struct {
    int64_t id, at, tries, next_at, sent_at;
    str     to, subject, state, error; /* state: waiting, sent, failed, uncertain */
} mail_row;
/* The newest, at most `limit`. */
err mail_list(ctx *c, int limit, mail_row **out, size_t *count) MUST_USE;

/* ---- sending ---- */
/* Once, before threads. */
err mail_open(void) MUST_USE;
/* Sends what is due, at most `most` letters, until `stop` says so. Makes its own transactions. *next_ms: when there is more to
 * do; 0: nothing waits. */
err mail_send_some(db *d, const snapshot *snap, int most, bool (*stop)(void *arg), void *arg,
                   int64_t *next_ms) MUST_USE;
#endif

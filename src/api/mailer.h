/* mailer.h — the thread that sends what waits (post/mail.h), and the settings of mail. */
#ifndef ZK_API_MAILER_H
#define ZK_API_MAILER_H
#include "api/call.h"

mailer *mailer_start(server *s);
void    mailer_stop(mailer *m); /* NULL is allowed; waits for the letter on its way */

err mail_get(call *k) MUST_USE;
err mail_update(call *k) MUST_USE;
err mail_test(call *k) MUST_USE;
err mails_get(call *k) MUST_USE;
#endif

/* session.h — signing in and out, who one is, passwords, tokens. */
#ifndef ZK_API_SESSION_H
#define ZK_API_SESSION_H
#include "api/call.h"

err session_start(call *k) MUST_USE;
err session_end(call *k) MUST_USE;
err me_get(call *k) MUST_USE;
err me_update(call *k) MUST_USE;
err me_password(call *k) MUST_USE;
err user_password(call *k) MUST_USE;
err tokens_get(call *k) MUST_USE;
err token_create(call *k) MUST_USE;
err token_delete(call *k) MUST_USE;

/* A session that is used lives on: written at most once an hour, behind the answer. */
void session_touch(const call *k);
#endif

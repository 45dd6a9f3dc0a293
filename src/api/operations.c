/* The table of operations: the first row that fits a method and a path is taken, so what is named stands before what is
 * anything. Requests are answered by it, OpenAPI is written from it. */
#include "api/actions.h"
#include "api/calendar.h"
#include "api/doors.h"
#include "api/events.h"
#include "api/files.h"
#include "api/jobs.h"
#include "api/mailer.h"
#include "api/mappings.h"
#include "api/meta.h"
#include "api/misc.h"
#include "api/notices.h"
#include "api/oidc.h"
#include "api/openapi.h"
#include "api/reach.h"
#include "api/rest.h"
#include "api/saved.h"
#include "api/session.h"
#include "api/settings.h"
#include "base/limits.h"

#define BASE      "/api/v1"
#define REF(name) "{\"$ref\":\"#/components/schemas/" name "\"}"

enum { BODY = LIMIT_BODY, SMALL = 64 << 10, PROVIDER = 96 << 10 };
#define PUBLIC_FORM (OP_PUBLIC | OP_WRITE | OP_BODY | OP_FORM | OP_CONFLICTS)
#define STATUS_IN                                                                                                     \
    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"text\"],\"properties\":{\"text\":{\"type\":" \
    "\"string\",\"maxLength\":5000}}}"
#define RATING_IN                                                                                                \
    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"rating\"],\"properties\":{\"rating\":{" \
    "\"type\":"                                                                                                  \
    "[\"integer\",\"string\"],\"description\":\"1 to 5\"},\"comment\":{\"type\":\"string\",\"maxLength\":2000}}}"

/* ---- parameters ---- */

#define P_TEXT "{\"type\":\"string\"}"
#define P_BOOL "{\"type\":\"boolean\",\"default\":false}"
#define P_LIMIT                                                                                             \
    {                                                                                                       \
        "limit", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":200,\"default\":50}", "How many at most." \
    }
#define P_AFTER                                           \
    {                                                     \
        "after", P_TEXT, "The `next` of the page before." \
    }
#define P_LIST                                                                                                     \
    { "where", P_TEXT, "A condition of the query language." }, { "order", P_TEXT, "What stands after ORDER BY." }, \
        { "select", P_TEXT, "Paths, separated by commas; every field without it." }, P_LIMIT, P_AFTER,             \
        { "count", "{\"type\":\"string\",\"enum\":[\"exact\",\"estimate\"]}", "Adds `count`: of all that fit." },  \
    {                                                                                                              \
        "deleted", P_BOOL, "The recycle bin instead of the living."                                                \
    }

static const op_param list_params[] = { P_LIST, { 0 } };
static const op_param related_params[] = { P_LIST,
                                           { "via", P_TEXT, "The field that points here, where there are several." },
                                           { 0 } };
static const op_param page_params[] = { P_LIMIT, P_AFTER, { 0 } };
static const op_param timeline_params[] = {
    P_LIMIT,
    P_AFTER,
    { "kinds", P_TEXT,
      "Only these, separated by commas: change, file, kinds of activities (call, note …), entities of its "
      "story (opportunity, case …)." },
    { 0 }
};
static const op_param deleted_params[] = { { "deleted", P_BOOL, "Look in the recycle bin." }, { 0 } };
static const op_param saved_params[] = { { "entity", P_TEXT, "Of which entity: its name." }, { 0 } };
static const op_param limit_params[] = { P_LIMIT, { 0 } };
static const op_param all_params[] = { { "all", P_BOOL, "Everybody's; for administrators." }, { 0 } };
static const op_param any_params[] = { { "*", NULL, NULL }, { 0 } };
static const op_param search_params[] = {
    { "q", "{\"type\":\"string\",\"maxLength\":200}", "What to look for." },
    { "in", P_TEXT, "Entities, separated by commas; all without it." },
    { "limit", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":100,\"default\":20}", "How many at most." },
    { 0 }
};
static const op_param query_params[] = { { "q", P_TEXT, "A SELECT of the query language." }, P_AFTER, { 0 } };
static const op_param no_params[] = { { 0 } };
static const op_param event_params[] = { { "since", "{\"type\":\"integer\",\"minimum\":0}",
                                           "Begin behind this event, where no Last-Event-ID can be sent." },
                                         { 0 } };
static const op_param mapping_params[] = { { "entity", P_TEXT, "Of this entity alone." }, { 0 } };
static const op_param file_params[] = { { "inline", P_BOOL, "Show it in the browser, where its type is harmless." },
                                        { 0 } };

/* Shapes that only one row has. */
#define LINE_IN                                                                                                       \
    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"text\"],\"properties\":{\"text\":{\"type\":" \
    "\"string\",\"minLength\":1,\"maxLength\":250}}}"
#define LINE_OUT                                                                                                       \
    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"record\",\"parts\",\"rest\"],\"properties\":" \
    "{"                                                                                                                \
    "\"record\":" REF(                                                                                                 \
        "%EPatch") ",\"parts\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"additionalProperties\":"           \
                   "false,\"required\":[\"field\",\"text\",\"value\"],\"properties\":{\"field\":" P_TEXT               \
                   ",\"text\":" P_TEXT ",\"value\":{},\"name\":" P_TEXT "}}},"                                         \
                   "\"rest\":{\"type\":[\"string\",\"null\"]}}}"
static const op_param field_params[] = { { "entity", P_TEXT, "Of this entity; of all without it." }, { 0 } };
static const op_param field_delete_params[] = {
    { "values", "{\"type\":\"integer\",\"minimum\":0,\"default\":0}",
      "How many values go with it, as `GET /fields/ID` says: another number is refused." },
    { 0 }
};
static const op_param choice_params[] = { { "entity", P_TEXT, "The entity." },
                                          { "field", P_TEXT, "Its choice field." },
                                          { 0 } };
#define P_CHANGES                                                                                                      \
    { "user", P_TEXT, "By this person; `:me`." },                                                                      \
        { "entity", P_TEXT,                                                                                            \
          "Of this entity; `@field`, `@choice`, `@layout`, `@settings`, `@access` for what is no record." },           \
        { "record", "{\"$ref\":\"#/components/schemas/Id\"}", "Of this record." },                                     \
        { "field", P_TEXT, "Where this field changed." },                                                              \
        { "what", "{\"type\":\"string\",\"enum\":[\"create\",\"update\",\"delete\",\"restore\",\"purge\",\"erase\"]}", \
          "What was done." },                                                                                          \
        { "from", P_TEXT, "From this day or instant on." },                                                            \
    {                                                                                                                  \
        "to", P_TEXT, "To this day (that too) or before this instant."                                                 \
    }
static const op_param change_params[] = { P_CHANGES, P_LIMIT, P_AFTER, { 0 } };
static const op_param change_file_params[] = { P_CHANGES, { 0 } };
#define P_EVENTS                                                                                      \
    { "user", P_TEXT, "About this person, or by them; `:me`." }, { "kind", P_TEXT, "Of this kind." }, \
        { "entity", P_TEXT, "About records of this entity." },                                        \
        { "record", "{\"$ref\":\"#/components/schemas/Id\"}", "About this record." },                 \
        { "from", P_TEXT, "From this day or instant on." },                                           \
    {                                                                                                 \
        "to", P_TEXT, "To this day (that too) or before this instant."                                \
    }
static const op_param event_list_params[] = { P_EVENTS, P_LIMIT, P_AFTER, { 0 } };
static const op_param event_file_params[] = { P_EVENTS, { 0 } };
static const op_param oidc_start_params[] = { { "to", P_TEXT, "The page of the app to come back to." }, { 0 } };
/* A provider may add what it likes: '*' lets it. */
static const op_param oidc_callback_params[] = { { "state", P_TEXT, "Of the attempt." },
                                                 { "code", P_TEXT, "The authorization code." },
                                                 { "iss", P_TEXT, "Who answers." },
                                                 { "error", P_TEXT, "Why there is no code." },
                                                 { "*", NULL, NULL },
                                                 { 0 } };
static const op_param session_params[] = {
    { "user", "{\"$ref\":\"#/components/schemas/Id\"}", "Whose; your own without it. For administrators." }, { 0 }
};

static const op_param reach_params[] = {
    { "user", P_TEXT, "Whom it is about; you without it. Another person: for administrators." },
    { "token", "{\"$ref\":\"#/components/schemas/Id\"}", "With what this API token of theirs leaves." },
    { "entity", P_TEXT, "This kind of record alone." },
    { "record", "{\"$ref\":\"#/components/schemas/Id\"}", "And this record of it." },
    { 0 }
};
static const op_param reach_people_params[] = { { "entity", P_TEXT, "The kind of the record." },
                                                { "record", "{\"$ref\":\"#/components/schemas/Id\"}", "The record." },
                                                P_AFTER,
                                                { 0 } };

#define CALENDAR_STATE                                                                                              \
    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"active\",\"created_at\"],\"properties\":{" \
    "\"active\":"                                                                                                   \
    "{\"type\":\"boolean\"},\"created_at\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}}}"
#define CALENDAR_MADE                                                                                             \
    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"path\",\"created_at\"],\"properties\":{" \
    "\"path\":" P_TEXT ",\"created_at\":{\"type\":\"string\",\"format\":\"date-time\"}}}"

#define MAPPING                                                                                                       \
    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"id\",\"entity\",\"name\",\"map\",\"updated_" \
    "at\"],"                                                                                                          \
    "\"properties\":{\"id\":" REF("Id") ",\"entity\":" P_TEXT ",\"name\":" P_TEXT ",\"map\":{\"type\":\"object\"},"   \
                                        "\"updated_at\":{\"type\":\"string\",\"format\":\"date-time\"}}}"
#define MAPPING_NEW                                                                                                   \
    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"entity\",\"name\",\"map\"],\"properties\":{" \
    "\"entity\":" P_TEXT                                                                                              \
    ",\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":120},\"map\":{\"type\":\"object\"}}}"
#define MAPPINGS                                                                                                     \
    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"mappings\"],\"properties\":{\"mappings\":{" \
    "\"type\":"                                                                                                      \
    "\"array\",\"items\":" MAPPING "}}}"

#define READ_RECORD (OP_ENTITY | OP_RECORD)
#define WRITE_JSON  (OP_WRITE | OP_BODY)

const operation operations[] = {
    /* ---- who ---- */
    { "signIn", HTTP_POST, BASE "/session", "session", "Sign in; sets the cookie `zhike_session`",
      OP_PUBLIC | OP_ALONE | OP_BODY | OP_SPENDS, 200, SMALL, no_params, REF("SignIn"), REF("Me"), session_start,
      NULL },
    { "signInCode", HTTP_POST, BASE "/session/code", "session",
      "The second step, with the cookie `zhike_half` of the first", OP_PUBLIC | OP_ALONE | OP_BODY | OP_SPENDS, 200,
      SMALL, no_params, REF("Code"), REF("Me"), session_code, NULL },
    { "signOut", HTTP_DELETE, BASE "/session", "session", "End the session", OP_WRITE | OP_ENROL, 204, 0, no_params,
      NULL, NULL, session_end, NULL },
    { "forgotPassword", HTTP_POST, BASE "/session/forgot", "session",
      "Ask for a link by mail to choose another password; the answer is the same whoever that is",
      OP_PUBLIC | OP_ALONE | OP_BODY, 204, SMALL, no_params, REF("Forgot"), NULL, forgot_post, NULL },
    { "getMe", HTTP_GET, BASE "/me", "session", "Who you are", OP_ENROL | OP_NARROW, 200, 0, no_params, NULL, REF("Me"),
      me_get, NULL },
    { "updateMe", HTTP_PATCH, BASE "/me", "session", "Change your language, zone, name, e-mail",
      WRITE_JSON | OP_PATCH | OP_CONFLICTS | OP_ENROL, 200, SMALL, no_params, REF("MePatch"), REF("Me"), me_update,
      NULL },
    { "changePassword", HTTP_POST, BASE "/me/password", "session",
      "Change your password; ends your other sessions, yours goes on under another secret",
      OP_ALONE | OP_BODY | OP_SPENDS | OP_ENROL, 204, SMALL, no_params, REF("PasswordChange"), NULL, me_password,
      NULL },
    { "getSecondStep", HTTP_GET, BASE "/me/totp", "session", "Is a code asked of you when you sign in?", OP_ENROL, 200,
      0, no_params, NULL, REF("SecondStep"), totp_get, NULL },
    { "beginSecondStep", HTTP_POST, BASE "/me/totp", "session",
      "A seed for an app of one-time codes; nothing changes until its first code is confirmed",
      OP_ALONE | OP_BODY | OP_ENROL, 200, SMALL, no_params, REF("OwnPassword"), REF("SecondStepOffer"), totp_begin,
      NULL },
    { "confirmSecondStep", HTTP_POST, BASE "/me/totp/confirm", "session",
      "The first code: from now on one is asked for. Ends your other sessions; the recovery codes are shown this once",
      OP_ALONE | OP_BODY | OP_CONFLICTS | OP_ENROL, 200, SMALL, no_params, REF("Code"), REF("RecoveryCodes"),
      totp_confirm, NULL },
    { "endSecondStep", HTTP_POST, BASE "/me/totp/off", "session", "No code is asked of you any more",
      OP_ALONE | OP_BODY | OP_CONFLICTS, 204, SMALL, no_params, REF("OwnPassword"), NULL, totp_off, NULL },
    { "renewRecoveryCodes", HTTP_POST, BASE "/me/totp/recovery", "session",
      "Ten new recovery codes in the place of the old ones", OP_ALONE | OP_BODY | OP_CONFLICTS, 200, SMALL, no_params,
      REF("OwnPassword"), REF("RecoveryCodes"), totp_recovery, NULL },
    { "getCalendar", HTTP_GET, BASE "/me/calendar", "session", "Has your calendar an address to subscribe to?", 0, 200,
      0, no_params, NULL, CALENDAR_STATE, calendar_get, NULL },
    { "renewCalendar", HTTP_POST, BASE "/me/calendar", "session",
      "Make that address, or a new one in its place; it is shown this once", OP_WRITE | OP_BODY_MAYBE, 200, SMALL,
      no_params, NULL, CALENDAR_MADE, calendar_renew, NULL },
    { "endCalendar", HTTP_DELETE, BASE "/me/calendar", "session", "Take that address back", OP_WRITE, 204, 0, no_params,
      NULL, NULL, calendar_end, NULL },
    { "listTokens", HTTP_GET, BASE "/tokens", "session", "API tokens, without their secret", 0, 200, 0, all_params,
      NULL, REF("Tokens"), tokens_get, NULL },
    { "createToken", HTTP_POST, BASE "/tokens", "session", "Make an API token; its secret is shown this once",
      WRITE_JSON, 201, SMALL, no_params, REF("TokenNew"), REF("TokenMade"), token_create, NULL },
    { "deleteToken", HTTP_DELETE, BASE "/tokens/{id}", "session", "Revoke an API token", OP_WRITE | OP_ID, 204, 0,
      no_params, NULL, NULL, token_delete, NULL },
    { "setUserPassword", HTTP_POST, BASE "/users/{id}/password", "session",
      "Set somebody's password; ends their sessions", OP_ALONE | OP_BODY | OP_ID | OP_ADMIN, 204, SMALL, no_params,
      REF("PasswordSet"), NULL, user_password, NULL },
    { "resetSecondStep", HTTP_DELETE, BASE "/users/{id}/totp", "session",
      "Take somebody's second step off, who has lost the app and the recovery codes; ends their sessions",
      OP_WRITE | OP_ID | OP_ADMIN, 204, 0, no_params, NULL, NULL, user_totp_off, NULL },
    { "listSessions", HTTP_GET, BASE "/sessions", "session", "Where you are signed in, the last used first", 0, 200, 0,
      session_params, NULL, REF("Sessions"), sessions_get, NULL },
    { "deleteSessions", HTTP_DELETE, BASE "/sessions", "session", "End all sessions but the one that asks", OP_WRITE,
      204, 0, session_params, NULL, NULL, sessions_delete, NULL },
    { "deleteSession", HTTP_DELETE, BASE "/sessions/{id}", "session", "End a session", OP_WRITE | OP_ID, 204, 0,
      session_params, NULL, NULL, session_delete, NULL },
    { "invite", HTTP_POST, BASE "/users/{id}/invite", "session",
      "Make a link by which a person chooses a password, once; an earlier one ends. With `send` it goes by mail",
      OP_WRITE | OP_ID | OP_ADMIN | OP_CONFLICTS | OP_BODY_MAYBE, 200, SMALL, no_params, REF("LinkWanted"), REF("Link"),
      invite_create, NULL },
    { "resetPassword", HTTP_POST, BASE "/users/{id}/reset", "session",
      "The same for somebody who has forgotten theirs: it holds for an hour",
      OP_WRITE | OP_ID | OP_ADMIN | OP_CONFLICTS | OP_BODY_MAYBE, 200, SMALL, no_params, REF("LinkWanted"), REF("Link"),
      reset_create, NULL },
    { "lookAtLink", HTTP_POST, BASE "/join/look", "session", "Whom an invitation or another link is for",
      OP_PUBLIC | OP_BODY, 200, SMALL, no_params, REF("LinkToken"), REF("Invited"), join_look, NULL },
    { "join", HTTP_POST, BASE "/join", "session",
      "Choose a password with such a link and be signed in; with a second step: 401 `second_factor`, then that",
      OP_PUBLIC | OP_ALONE | OP_BODY | OP_SPENDS, 200, SMALL, no_params, REF("Join"), REF("Me"), join_post, NULL },
    { "endSession", HTTP_POST, BASE "/session/end", "session",
      "End the session; `url`: where the browser goes to end it at the provider too, for who came from there",
      OP_WRITE | OP_ENROL, 200, 0, no_params, NULL, REF("Goodbye"), session_end_all, NULL },
    { "getProvider", HTTP_GET, BASE "/oidc", "session", "May one sign in by a provider (OpenID Connect)?", OP_PUBLIC,
      200, 0, no_params, NULL, REF("Provider"), oidc_get, NULL },
    { "signInByProvider", HTTP_GET, BASE "/oidc/start", "session",
      "For a browser: on to the provider; where that is not possible, back to the sign-in page with the reason in "
      "`sso`",
      OP_PUBLIC | OP_OUTSIDE, 302, 0, oidc_start_params, NULL, NULL, oidc_start, NULL },
    { "comeFromProvider", HTTP_GET, BASE "/oidc/callback", "session",
      "For a browser that comes from the provider: it is signed in and goes on, or back to the sign-in page",
      OP_PUBLIC | OP_OUTSIDE, 302, 0, oidc_callback_params, NULL, NULL, oidc_callback, NULL },
    { "providerLogout", HTTP_POST, BASE "/oidc/logout", "session",
      "For the provider: a session there is over (back-channel logout)", OP_PUBLIC | OP_OUTSIDE | OP_BODY | OP_FORM,
      200, PROVIDER, no_params, REF("LogoutToken"), NULL, oidc_logout, NULL },
    { "getProviderSettings", HTTP_GET, BASE "/settings/oidc", "session", "The provider of OpenID Connect", OP_ADMIN,
      200, 0, no_params, NULL, REF("ProviderSettings"), oidc_settings_get, NULL },
    { "updateProviderSettings", HTTP_PATCH, BASE "/settings/oidc", "session", "Change that",
      WRITE_JSON | OP_PATCH | OP_ADMIN, 200, PROVIDER, no_params, REF("ProviderSettingsPatch"), REF("ProviderSettings"),
      oidc_settings_update, NULL },
    { "testProvider", HTTP_POST, BASE "/settings/oidc/test", "session",
      "Read the provider's documents, of the issuer that is set or of the one given", OP_OUTSIDE | OP_BODY | OP_ADMIN,
      200, SMALL, no_params, REF("ProviderTest"), REF("ProviderOutcome"), oidc_settings_test, NULL },
    { "unlinkProvider", HTTP_DELETE, BASE "/users/{id}/oidc", "session",
      "Forget who this person is at the provider: who signs in next from there is looked for anew",
      OP_WRITE | OP_ID | OP_ADMIN, 204, 0, no_params, NULL, NULL, oidc_user_unlink, NULL },
    { "getSignInPolicy", HTTP_GET, BASE "/settings/sign_in", "session", "What the organisation asks of sign-ins",
      OP_ADMIN, 200, 0, no_params, NULL, REF("SignInPolicy"), policy_get, NULL },
    { "updateSignInPolicy", HTTP_PATCH, BASE "/settings/sign_in", "session", "Change that",
      WRITE_JSON | OP_PATCH | OP_ADMIN, 200, SMALL, no_params, REF("SignInPolicyPatch"), REF("SignInPolicy"),
      policy_update, NULL },
    { "getMail", HTTP_GET, BASE "/settings/mail", "session", "The server by which mail is sent", OP_ADMIN, 200, 0,
      no_params, NULL, REF("MailSettings"), mail_get, NULL },
    { "updateMail", HTTP_PATCH, BASE "/settings/mail", "session", "Change that", WRITE_JSON | OP_PATCH | OP_ADMIN, 200,
      SMALL, no_params, REF("MailSettingsPatch"), REF("MailSettings"), mail_update, NULL },
    { "testMail", HTTP_POST, BASE "/settings/mail/test", "session", "Send a letter to try it",
      WRITE_JSON | OP_ADMIN | OP_CONFLICTS, 204, SMALL, no_params, REF("MailTest"), NULL, mail_test, NULL },
    { "listMails", HTTP_GET, BASE "/mails", "session", "Letters that the program sent or has yet to send, newest first",
      OP_ADMIN, 200, 0, limit_params, NULL, REF("Mails"), mails_get, NULL },

    /* ---- what there is ---- */
    { "getMeta", HTTP_GET, BASE "/meta", "meta", "Entities, fields, choices, and what you may do", OP_ENROL | OP_NARROW,
      200, 0, no_params, NULL, REF("Meta"), meta_get, NULL },
    { "getMetaLean", HTTP_GET, BASE "/meta/lean", "meta", "The same in fewer bytes: what the web app begins with",
      OP_ENROL | OP_NARROW, 200, 0, no_params, NULL, REF("MetaLean"), meta_lean_get, NULL },
    { "getOpenapi", HTTP_GET, BASE "/openapi.json", "meta", "This document", OP_NARROW, 200, 0, no_params, NULL,
      "{\"type\":\"object\"}", openapi_get, NULL },
    { "getSettings", HTTP_GET, BASE "/settings", "meta", "The organisation's settings", OP_ENROL | OP_NARROW, 200, 0,
      no_params, NULL, REF("Settings"), settings_get, NULL },
    { "updateSettings", HTTP_PATCH, BASE "/settings", "meta", "Change the organisation's settings",
      WRITE_JSON | OP_PATCH | OP_ADMIN, 200, SMALL, no_params, REF("SettingsPatch"), REF("Settings"), settings_update,
      NULL },
    { "listFields", HTTP_GET, BASE "/fields", "meta", "Fields that the organisation added, retired ones too", OP_ADMIN,
      200, 0, field_params, NULL, REF("OwnFields"), fields_get, NULL },
    { "createField", HTTP_POST, BASE "/fields", "meta",
      "Add a field to an entity; it is there at once, on every server", WRITE_JSON | OP_ADMIN | OP_CONFLICTS, 201, BODY,
      no_params, REF("OwnFieldNew"), REF("OwnField"), field_create, NULL },
    { "getField", HTTP_GET, BASE "/fields/{id}", "meta", "A field, and how many records have a value in it",
      OP_ID | OP_ADMIN, 200, 0, no_params, NULL, REF("OwnField"), field_get, NULL },
    { "updateField", HTTP_PATCH, BASE "/fields/{id}", "meta",
      "Change a field: its labels, order, rules; retire it (hidden, values stay) and bring it back",
      WRITE_JSON | OP_PATCH | OP_ID | OP_ADMIN | OP_CONFLICTS, 200, SMALL, no_params, REF("OwnFieldPatch"),
      REF("OwnField"), field_update, NULL },
    { "deleteField", HTTP_DELETE, BASE "/fields/{id}", "meta", "Delete a retired field and its values for good",
      OP_WRITE | OP_ID | OP_ADMIN | OP_CONFLICTS, 204, 0, field_delete_params, NULL, NULL, field_delete, NULL },
    { "listChoices", HTTP_GET, BASE "/choices", "meta", "The choices of a field, and how many records use each",
      OP_ADMIN, 200, 0, choice_params, NULL, REF("ChoiceList"), choices_get, NULL },
    { "updateChoices", HTTP_PUT, BASE "/choices", "meta",
      "The list as it shall be: add, rename, order, colour, retire; one that is used goes only with a replacement",
      WRITE_JSON | OP_ADMIN | OP_CONFLICTS, 200, BODY, no_params, REF("ChoiceListNew"), REF("ChoiceListSaved"),
      choices_update, NULL },
    { "updateLayout", HTTP_PUT, BASE "/layouts", "meta",
      "How an entity's list, form or record is laid out for everybody; null: as the tables have it",
      WRITE_JSON | OP_ADMIN, 200, BODY, no_params, REF("LayoutNew"), REF("LayoutSaved"), layout_update, NULL },
    { "listChanges", HTTP_GET, BASE "/changes", "meta", "What was changed, over everything, newest first", OP_ADMIN,
      200, 0, change_params, NULL, REF("Changes"), changes_get, NULL },

    { "listSecurityEvents", HTTP_GET, BASE "/security_events", "session",
      "Sign-ins, refusals and changes of access, newest first: one's own; for administrators everybody's", 0, 200, 0,
      event_list_params, NULL, REF("SecurityEvents"), security_events_get, NULL },

    { "explainAccess", HTTP_GET, BASE "/access", "session",
      "What a person may see and do, and why: of every kind of record, or of one", OP_SLOW, 200, 0, reach_params, NULL,
      REF("Access"), reach_get, NULL },
    { "listReaders", HTTP_GET, BASE "/access/people", "session", "Who may see a record, and why; for who may share it",
      OP_SLOW, 200, 0, reach_people_params, NULL, REF("Readers"), reach_people, NULL },
    { "exportChanges", HTTP_POST, BASE "/changes/export", "meta",
      "The same as CSV, a line for each field, at most 100,000; itself a security event", OP_ADMIN | OP_ALONE | OP_TEXT,
      200, 0, change_file_params, NULL, "text/csv", changes_export, NULL },
    { "exportSecurityEvents", HTTP_POST, BASE "/security_events/export", "session",
      "The same as CSV, at most 100,000 lines; itself a security event", OP_ALONE | OP_TEXT, 200, 0, event_file_params,
      NULL, "text/csv", security_events_export, NULL },

    /* ---- questions ---- */
    { "search", HTTP_GET, BASE "/search", "query", "Search every entity by words", OP_NARROW, 200, 0, search_params,
      NULL, REF("Hits"), search_get, NULL },
    { "query", HTTP_POST, BASE "/query", "query", "Ask in the query language", OP_BODY | OP_NARROW, 200,
      LIMIT_QUERY_TEXT * 4, no_params, REF("Question"), REF("Answer"), query_post, NULL },
    { "queryGet", HTTP_GET, BASE "/query", "query", "The same with the question in the address", OP_NARROW, 200, 0,
      query_params, NULL, REF("Answer"), query_get, NULL },
    { "view", HTTP_GET, BASE "/views/{name}", "query", "A named result that is no record", 0, 200, 0, any_params, NULL,
      NULL, view_get, NULL },

    /* ---- views that people keep ---- */
    { "listSavedViews", HTTP_GET, BASE "/saved_views", "lists", "Kept views of an entity: one's own and the shared", 0,
      200, 0, saved_params, NULL, REF("SavedViews"), saved_list, NULL },
    { "createSavedView", HTTP_POST, BASE "/saved_views", "lists", "Keep a view", WRITE_JSON | OP_ETAG, 201, BODY,
      no_params, REF("SavedViewNew"), REF("SavedView"), saved_create, NULL },
    { "setDefaultView", HTTP_POST, BASE "/saved_views/default", "lists",
      "Which view a module begins with, for oneself or everybody; without `view`: none", WRITE_JSON, 204, SMALL,
      no_params, REF("SavedViewDefault"), NULL, saved_default, NULL },
    { "getSavedView", HTTP_GET, BASE "/saved_views/{id}", "lists", "One kept view", OP_ID | OP_ETAG, 200, 0, no_params,
      NULL, REF("SavedView"), saved_get, NULL },
    { "updateSavedView", HTTP_PATCH, BASE "/saved_views/{id}", "lists", "Change a kept view",
      WRITE_JSON | OP_ID | OP_PATCH | OP_IF_MATCH | OP_ETAG, 200, BODY, no_params, REF("SavedViewPatch"),
      REF("SavedView"), saved_update, NULL },
    { "deleteSavedView", HTTP_DELETE, BASE "/saved_views/{id}", "lists", "Forget a kept view",
      OP_WRITE | OP_ID | OP_IF_MATCH, 204, 0, no_params, NULL, NULL, saved_delete, NULL },

    /* ---- what people are told ---- */
    { "listNotices", HTTP_GET, BASE "/notices", "notices", "What you were told, newest first, and how much is unread",
      0, 200, 0, page_params, NULL, REF("Notices"), notices_get, NULL },
    { "readNotices", HTTP_POST, BASE "/notices/read", "notices", "Mark as read: by ids, all about a record, or all",
      WRITE_JSON, 204, SMALL, no_params, REF("NoticesRead"), NULL, notices_read, NULL },
    { "findDuplicates", HTTP_POST, BASE "/duplicates", "query",
      "Records that may be the same as this one: by telephone, e-mail, firm, tax number", OP_BODY, 200, BODY, no_params,
      REF("DuplicatesWanted"), REF("Duplicates"), duplicates_post, NULL },

    /* ---- files ---- */
    { "uploadFile", HTTP_POST, BASE "/files", "files", "Upload a file", OP_SPOOL | OP_ALONE, 201, LIMIT_FILE, no_params,
      REF("Upload"), REF("File"), file_upload, NULL },
    { "downloadFile", HTTP_GET, BASE "/files/{id}", "files", "The bytes of a file", OP_ID | OP_TEXT, 200, 0,
      file_params, NULL, "application/octet-stream", file_get, NULL },
    { "getFile", HTTP_GET, BASE "/files/{id}/info", "files", "What is known of a file", OP_ID, 200, 0, no_params, NULL,
      REF("File"), file_info_get, NULL },
    { "deleteFile", HTTP_DELETE, BASE "/files/{id}", "files", "Delete a file", OP_WRITE | OP_ID, 204, 0, no_params,
      NULL, NULL, file_remove, NULL },

    /* ---- background ---- */
    { "startImport", HTTP_POST, BASE "/imports", "jobs", "Import an uploaded file in the background", WRITE_JSON, 202,
      BODY, no_params, REF("ImportRequest"), REF("JobStarted"), job_start_import, NULL },
    { "startExport", HTTP_POST, BASE "/exports", "jobs", "Export into a file in the background", WRITE_JSON, 202, BODY,
      no_params, REF("ExportRequest"), REF("JobStarted"), job_start_export, NULL },
    { "startChange", HTTP_POST, BASE "/changes", "jobs",
      "Change or delete all records that a condition names, as one operation in the background", WRITE_JSON, 202, BODY,
      no_params, REF("ChangeRequest"), REF("JobStarted"), job_start_change, NULL },
    { "lookAtHandOver", HTTP_GET, BASE "/users/{id}/handover", "jobs",
      "What a person owns, and where else they are named, of what you may see", OP_ID | OP_SLOW, 200, 0, no_params,
      NULL, REF("NamedPlaces"), handover_look, NULL },
    { "tryHandOver", HTTP_POST, BASE "/users/{id}/handover/preview", "jobs",
      "How many records each person would get; nothing is changed", OP_ID | OP_SLOW | OP_BODY, 200, BODY, no_params,
      REF("HandOver"), REF("HandOverPlan"), handover_preview, NULL },
    { "startHandOver", HTTP_POST, BASE "/users/{id}/handover", "jobs",
      "Give what names a person to others, as one operation in the background", WRITE_JSON | OP_ID, 202, BODY,
      no_params, REF("HandOver"), REF("JobStarted"), handover_start, NULL },
    { "listJobs", HTTP_GET, BASE "/jobs", "jobs", "Background jobs, newest first", 0, 200, 0, limit_params, NULL,
      REF("Jobs"), job_list_all, NULL },
    { "getJob", HTTP_GET, BASE "/jobs/{id}", "jobs", "How a job stands", OP_ID, 200, 0, no_params, NULL, REF("Job"),
      job_get, NULL },
    { "cancelJob", HTTP_DELETE, BASE "/jobs/{id}", "jobs", "Cancel a job", OP_WRITE | OP_ID | OP_CONFLICTS, 204, 0,
      no_params, NULL, NULL, job_stop, NULL },
    { "listMappings", HTTP_GET, BASE "/mappings", "jobs", "Mappings of imports that you kept, the last used first", 0,
      200, 0, mapping_params, NULL, MAPPINGS, mappings_get, NULL },
    { "keepMapping", HTTP_POST, BASE "/mappings", "jobs",
      "Keep a mapping under a name, in place of the one of that name", WRITE_JSON, 200, 128 << 10, no_params,
      MAPPING_NEW, MAPPING, mappings_put, NULL },
    { "deleteMapping", HTTP_DELETE, BASE "/mappings/{id}", "jobs", "Forget a mapping", OP_WRITE | OP_ID, 204, 0,
      no_params, NULL, NULL, mappings_delete, NULL },
    { "listOperations", HTTP_GET, BASE "/operations", "jobs", "What touched several records at once, newest first", 0,
      200, 0, page_params, NULL, REF("Operations"), operations_get, NULL },
    { "getOperation", HTTP_GET, BASE "/operations/{id}", "jobs", "One operation", OP_ID, 200, 0, no_params, NULL,
      REF("Operation"), operation_get, NULL },
    { "undoOperation", HTTP_POST, BASE "/operations/{id}/undo", "jobs", "Bring back what was before an operation",
      OP_WRITE | OP_ID | OP_BODY_MAYBE | OP_CONFLICTS, 200, SMALL, no_params, NULL, REF("Undone"), operation_undo,
      undo_prepare },
    { "events", HTTP_GET, BASE "/events", "events", "Server-sent events: `change`, `notice`, `job`",
      OP_TEXT | OP_STREAM | OP_SPENDS, 200, 0, event_params, NULL, "text/event-stream", events_open, NULL },

    /* ---- at the root ---- */
    { "health", HTTP_GET, "/healthz", "server", "Is the server there, and its database?", OP_PUBLIC, 200, 0, no_params,
      NULL, REF("Health"), health_get, NULL },
    { "calendarFeed", HTTP_GET, "/calendar/{secret}", "server",
      "One person's entries as iCalendar, for who has the address", OP_PUBLIC | OP_TEXT, 200, 0, no_params, NULL,
      "text/calendar", calendar_feed, NULL },
    { "formGet", HTTP_GET, "/forms/{key}", "forms",
      "A public form: its fields and texts; a browser gets a page with it", OP_PUBLIC, 200, 0, no_params, NULL,
      DOOR_ANY, door_get, NULL },
    { "formPart", HTTP_GET, "/forms/{key}/{part}", "forms",
      "`challenge`: what must be solved before sending: a nonce so that SHA-256 of `salt:nonce` begins with "
      "`difficulty` zero bits",
      OP_PUBLIC, 200, 0, no_params, NULL, DOOR_ANY, door_get, NULL },
    { "formSend", HTTP_POST, "/forms/{key}", "forms", "Send a filled-in form", OP_PUBLIC | OP_WRITE | OP_BODY, 201,
      SMALL, no_params, "{\"type\":\"object\"}", DOOR_ANY, door_post, NULL },
    { "formAsk", HTTP_OPTIONS, "/forms/{key}", "forms", "May this page send the form? (CORS)", OP_PUBLIC, 204, 0,
      no_params, NULL, NULL, door_options, NULL },
    { "answerGet", HTTP_GET, "/answers/{key}", "forms",
      "What a member of a campaign is asked; a browser gets a page with one button. Looking changes nothing", OP_PUBLIC,
      200, 0, no_params, NULL, DOOR_ANY, door_get, NULL },
    { "answerSend", HTTP_POST, "/answers/{key}", "forms", "The member answers; what is sent along is not read",
      OP_PUBLIC | OP_WRITE, 200, SMALL, no_params, NULL, DOOR_ANY, door_post, NULL },
    { "statusGet", HTTP_GET, "/status/{id}/{key}", "forms",
      "What became of a case, for who has its link; a browser gets a page", OP_PUBLIC, 200, 0, no_params, NULL,
      DOOR_ANY, door_get, NULL },
    { "statusSend", HTTP_POST, "/status/{id}/{key}", "forms", "Add a message to the case", PUBLIC_FORM, 201, SMALL,
      no_params, STATUS_IN, DOOR_ANY, door_post, NULL },
    { "ratingGet", HTTP_GET, "/rate/{id}/{key}", "forms",
      "Ask for a rating, for who has the link; a browser gets a page. Rates nothing", OP_PUBLIC, 200, 0, no_params,
      NULL, DOOR_ANY, door_get, NULL },
    { "ratingSend", HTTP_POST, "/rate/{id}/{key}", "forms", "Rate how a case was handled: once", PUBLIC_FORM, 201,
      SMALL, no_params, RATING_IN, DOOR_ANY, door_post, NULL },
    { "metrics", HTTP_GET, "/metrics", "server", "Figures for Prometheus", OP_PUBLIC | OP_TEXT, 200, 0, no_params, NULL,
      "text/plain", metrics_get, NULL },

    /* ---- records ---- */
    { "list", HTTP_GET, BASE "/{plural}", "records", "A list", OP_ENTITY, 200, 0, list_params, NULL, REF("%EList"),
      record_list, NULL },
    { "create", HTTP_POST, BASE "/{plural}", "records", "Create",
      WRITE_JSON | OP_ENTITY | OP_IDEMPOTENT | OP_ETAG | OP_CONFLICTS, 201, BODY, no_params, REF("%ENew"), REF("%E"),
      record_create, NULL },
    { "bulk", HTTP_POST, BASE "/{plural}/bulk", "records", "Up to 10,000 records at once, one operation",
      WRITE_JSON | OP_ENTITY | OP_IDEMPOTENT, 200, LIMIT_BODY_BULK, no_params, REF("%EBulk"), REF("BulkResult"),
      record_bulk, bulk_prepare },
    { "parse", HTTP_POST, BASE "/{plural}/parse", "records", "What one line says of a record; writes nothing",
      OP_ENTITY | OP_BODY, 200, SMALL, no_params, LINE_IN, LINE_OUT, record_parse, NULL },
    { "get", HTTP_GET, BASE "/{plural}/{id}", "records", "One", READ_RECORD | OP_ETAG | OP_AHEAD, 200, 0,
      deleted_params, NULL, REF("%E"), record_get, NULL },
    { "update", HTTP_PATCH, BASE "/{plural}/{id}", "records", "Change (merge patch)",
      WRITE_JSON | READ_RECORD | OP_PATCH | OP_IF_MATCH | OP_ETAG | OP_CONFLICTS, 200, BODY, no_params, REF("%EPatch"),
      REF("%E"), record_update, NULL },
    { "delete", HTTP_DELETE, BASE "/{plural}/{id}", "records", "Move to the recycle bin",
      OP_WRITE | READ_RECORD | OP_IF_MATCH, 204, 0, no_params, NULL, NULL, record_delete, NULL },
    { "restore", HTTP_POST, BASE "/{plural}/{id}/restore", "records", "Bring back from the recycle bin",
      OP_WRITE | READ_RECORD | OP_BODY_MAYBE | OP_ETAG | OP_CONFLICTS, 200, SMALL, no_params, NULL, REF("%E"),
      record_restore, NULL },
    { "history", HTTP_GET, BASE "/{plural}/{id}/history", "records", "Every change of every field, newest first",
      READ_RECORD, 200, 0, page_params, NULL, REF("History"), record_history, NULL },
    { "timeline", HTTP_GET, BASE "/{plural}/{id}/timeline", "records", "What happened with it, newest first",
      READ_RECORD, 200, 0, timeline_params, NULL, REF("Timeline"), record_timeline, NULL },
    { "followers", HTTP_GET, BASE "/{plural}/{id}/followers", "records", "Who follows it", READ_RECORD, 200, 0,
      no_params, NULL, REF("Followers"), followers_get, NULL },
    { "follow", HTTP_POST, BASE "/{plural}/{id}/follow", "records",
      "Follow it, or no more: who follows is told what others do with it", WRITE_JSON | READ_RECORD, 200, SMALL,
      no_params, REF("Follow"), REF("Followers"), follow_post, NULL },
    { "reveal", HTTP_POST, BASE "/{plural}/{id}/reveal", "records",
      "What stands behind a masked field; that you looked is written down", WRITE_JSON | READ_RECORD | OP_SPENDS, 200,
      SMALL, no_params, REF("Reveal"), REF("Revealed"), record_reveal, NULL },
    { "relatedCounts", HTTP_GET, BASE "/{plural}/{id}/related", "records",
      "How many records point here, by entity and field; beyond 10,000 an estimate", READ_RECORD, 200, 0, no_params,
      NULL, REF("RelatedCounts"), related_counts, NULL },
    { "files", HTTP_GET, BASE "/{plural}/{id}/files", "records", "Files about it, newest first", READ_RECORD, 200, 0,
      limit_params, NULL, REF("Files"), record_files, NULL },
    { "related", HTTP_GET, BASE "/{plural}/{id}/{name}", "records", "Records that point here", READ_RECORD, 200, 0,
      related_params, NULL, NULL, record_related, NULL },
    { "action", HTTP_POST, BASE "/{plural}/{id}/{name}", "records", "An action of the module",
      OP_WRITE | READ_RECORD | OP_BODY_MAYBE | OP_IDEMPOTENT | OP_CONFLICTS, 200, BODY, no_params, NULL, NULL,
      record_action, NULL },
};
const size_t operation_count = countof(operations);

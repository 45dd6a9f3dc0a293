#include "rooms/contact/contact.h"

#include "rooms/account/account.h"
#include "rooms/account/story.h"
#include "rooms/contact/inside.h"
#include "store/act.h"
#include "store/person.h"
#include "store/store.h"

enum {
    F_NAME,
    F_LAST_NAME,
    F_FIRST_NAME,
    F_ACCOUNT,
    F_TITLE,
    F_DEPARTMENT,
    F_PHONE,
    F_MOBILE,
    F_EMAIL,
    F_WECHAT,
    F_BIRTHDAY,
    F_REPORTS_TO,
    F_SOURCE,
    F_DO_NOT_CONTACT,
    F_ADDRESS,
    F_LAST_CONTACT_AT,
    F_CONSENT_EMAIL,
    F_CONSENT_PHONE,
    F_CONSENT_MESSAGE,
    F_CONSENT_ON,
    F_CONSENT_SOURCE,
    F_DESCRIPTION,
    F_COUNT
};

static const choice_def consents[] = { { "given", NEXT_ANY, "green" }, { "refused", NEXT_ANY, "red" } };

static const field_def fields[] = {
    [F_NAME] = { .name = "name",
                 .type = FT_TEXT,
                 .flags = FF_REQUIRED | FF_SEARCH | FF_SORT | FF_LIST | FF_PERSONAL,
                 .min = 1,
                 .max = 160 },
    [F_LAST_NAME] = { .name = "last_name", .type = FT_TEXT, .flags = FF_PERSONAL, .min = 1, .max = 80 },
    [F_FIRST_NAME] = { .name = "first_name", .type = FT_TEXT, .flags = FF_PERSONAL, .min = 1, .max = 80 },
    [F_ACCOUNT] = { .name = "account", .type = FT_REF, .target = "account", .flags = FF_LIST | FF_CASCADE },
    [F_TITLE] = { .name = "title", .type = FT_TEXT, .flags = FF_LIST | FF_PERSONAL, .min = 1, .max = 120 },
    [F_DEPARTMENT] = { .name = "department", .type = FT_TEXT, .flags = FF_PERSONAL, .min = 1, .max = 120 },
    [F_PHONE] = { .name = "phone", .type = FT_PHONE, .flags = FF_SEARCH | FF_PERSONAL, .group = "contact" },
    [F_MOBILE] = { .name = "mobile", .type = FT_PHONE, .flags = FF_SEARCH | FF_LIST | FF_PERSONAL, .group = "contact" },
    [F_EMAIL] = { .name = "email",
                  .type = FT_EMAIL,
                  .flags = FF_SEARCH | FF_LIST | FF_SORT | FF_PERSONAL,
                  .group = "contact" },
    [F_WECHAT] = { .name = "wechat",
                   .type = FT_TEXT,
                   .flags = FF_SEARCH | FF_PERSONAL,
                   .min = 1,
                   .max = 80,
                   .group = "contact" },
    [F_BIRTHDAY] = { .name = "birthday", .type = FT_DATE, .flags = FF_PERSONAL | FF_SORT },
    [F_REPORTS_TO] = { .name = "reports_to", .type = FT_REF, .target = "contact" },
    [F_SOURCE] = { .name = "source",
                   .type = FT_CHOICE,
                   .flags = FF_OPEN,
                   .choices = source_choices,
                   .choice_count = SOURCE_COUNT },
    [F_DO_NOT_CONTACT] = { .name = "do_not_contact", .type = FT_BOOL, .initial = "false", .group = "contact" },
    [F_ADDRESS] = { .name = "address",
                    .type = FT_TEXT,
                    .flags = FF_PERSONAL,
                    .min = 1,
                    .max = 255,
                    .group = "contact" },
    [F_LAST_CONTACT_AT] = { .name = "last_contact_at",
                            .type = FT_TIME,
                            .flags = FF_READONLY | FF_SORT | FF_NO_HISTORY | FF_NO_COPY },
#define CONSENT(field_name)                                                                            \
    {                                                                                                  \
        .name = field_name, .type = FT_CHOICE, .choices = consents, .choice_count = countof(consents), \
        .group = "consent"                                                                             \
    }
    [F_CONSENT_EMAIL] = CONSENT("consent_email"),
    [F_CONSENT_PHONE] = CONSENT("consent_phone"),
    [F_CONSENT_MESSAGE] = CONSENT("consent_message"),
    [F_CONSENT_ON] = { .name = "consent_on", .type = FT_DATE, .group = "consent" },
    [F_CONSENT_SOURCE] = { .name = "consent_source",
                           .type = FT_TEXT,
                           .flags = FF_PERSONAL,
                           .min = 1,
                           .max = 200,
                           .group = "consent" },
    [F_DESCRIPTION] = { .name = "description", .type = FT_LONG_TEXT, .flags = FF_PERSONAL, .group = "description" },
};
_Static_assert(countof(fields) == F_COUNT, "one row per field");

static bool latin(str s)
{
    for (ptrdiff_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0xE3) /* CJK and beyond */
            return false;
    return true;
}

size_t contact_full_name(str last, str first, char *out, size_t room)
{
    bool western = latin(last) && latin(first);
    str  a = western ? first : last, b = western ? last : first;
    int  n = snprintf(out, room, "%.*s%s%.*s", STR_ARG(a), western && a.n && b.n ? " " : "", STR_ARG(b));
    return n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}

/* CONT-1: a name given in two parts makes the whole one, unless that is given too. */
static void whole_name(ctx *c, const rec *old, rec *next)
{
    bool parts = rec_changed(old, next, F_LAST_NAME) || rec_changed(old, next, F_FIRST_NAME);
    if (!parts || (rec_given(next, F_NAME) && !rec_null(next, F_NAME)))
        return;
    char   whole[700];
    size_t n = contact_full_name(rec_text(next, F_LAST_NAME), rec_text(next, F_FIRST_NAME), whole, sizeof whole);
    if (n)
        rec_set_text(c, next, F_NAME, (str){ whole, (ptrdiff_t)n });
}

/* CONT-7: when it was said, where nobody says. */
static void date_consent(const ctx *c, const rec *old, rec *next)
{
    bool said = false;
    for (size_t f = F_CONSENT_EMAIL; f <= F_CONSENT_MESSAGE; f++)
        said = said || (rec_changed(old, next, f) && !rec_null(next, f));
    if (said && !rec_given(next, F_CONSENT_ON) && !c->importing)
        rec_set_int(next, F_CONSENT_ON, ctx_today(c));
}

static err before_save(ctx *c, const rec *old, rec *next)
{
    whole_name(c, old, next);
    date_consent(c, old, next);
    return ERR_OK;
}

static err after_save(ctx *c, const rec *old, rec *saved)
{
    if (!old || c->importing || !rec_changed(old, saved, F_ACCOUNT))
        return ERR_OK;
    return contact_moved(c, saved->id, rec_ref(old, F_ACCOUNT), rec_ref(saved, F_ACCOUNT));
}

static const list_view_def lists[] = {
    { "mine", "owner = :me", "updated_at DESC", NULL },
    { "all", "", "updated_at DESC", NULL },
    { "by_name", "", "name", NULL },
    { "untouched", "last_contact_at = null OR last_contact_at < LAST_90_DAYS", "last_contact_at NULLS FIRST",
      "name,account,owner,last_contact_at" },
};

static const action_def actions[] = { ACTION_ASSIGN, ACTION_MERGE, ACTION_PERSON_DATA, ACTION_PERSON_ERASE };

/* CONT-3.1 */
static const story_def story[] = {
    STORY_LEADS("converted_contact"), STORY_DEALS("contact"),         STORY_DEAL_CHANGES,
    STORY_CASES("contact"),           STORY_MEMBERS("contact", NULL), STORY_MEMBERS("lead", "lead"),
};

const entity_def contact_entity = {
    .name = "contact",
    .person = true,
    .plural = "contacts",
    .fields = fields,
    .field_count = countof(fields),
    .actions = actions,
    .action_count = countof(actions),
    .lists = lists,
    .list_count = countof(lists),
    .story = story,
    .story_count = countof(story),
    .owned = true,
    .views = contact_views,
    .view_count = CONTACT_VIEWS,
    .before_save = before_save,
    .after_save = after_save,
};

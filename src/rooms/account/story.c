/* ACCT-3.1: what the account's timeline tells beside what is about the account itself. */
#include "rooms/account/story.h"

#include "rooms/account/inside.h"

const story_def account_story[ACCOUNT_STORY] = {
    { .entity = "contact",
      .field = "account",
      .kind = "contact",
      .deeds = true,
      .moments = { { "made", "created_at", ALWAYS, "title,created_by" } } },
    STORY_LEADS("converted_account"),
    STORY_DEALS("account"),
    STORY_DEAL_CHANGES,
    STORY_CASES("account"),
    STORY_MEMBERS("contact", "contact"),
    STORY_MEMBERS("lead", "lead"),
};

#include "permit/grants.h"

static void put_open(buf *out, const entity *of, int me, int team, int today)
{
    buf_printf(out, "g.\"deleted_at\" IS NULL AND (g.\"user\"=$%d", me);
    if (team)
        buf_printf(out, " OR g.\"team\"=$%d", team);
    buf_puts(out, STR(")"));
    if (entity_field(of, STR("until")))
        buf_printf(out, " AND (g.\"until\" IS NULL OR g.\"until\">=$%d)", today);
}

void grants_put(buf *out, const entity *e, bool change, int me, int team, int today)
{
    const entity *share = snapshot_entity(e->tables, STR("share"));
    buf_printf(out, "SELECT g.\"about\" FROM \"%.*s\" g WHERE g.\"about_entity\"='%.*s' AND ", STR_ARG(share->table),
               STR_ARG(e->name));
    put_open(out, share, me, team, today);
    if (change)
        buf_puts(out, STR(" AND g.\"access\"='change'"));
    if (!e->team_of)
        return;
    buf_printf(out, " UNION ALL SELECT g.\"%.*s\" FROM \"%.*s\" g WHERE ", STR_ARG(e->team_of->column),
               STR_ARG(e->team_of->owner->table));
    put_open(out, e->team_of->owner, me, 0, today);
}

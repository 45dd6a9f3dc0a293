/* What the query language finds and answers, and what it refuses: the same on both engines. */
#include "deals.h"

/* ---- conditions ---- */

/* The deals, in the order of their ids: a, B, c, 50% d, - (no name). It is 2026-09-21 22:13 in Shanghai. */
static void finds(house *h)
{
    static const answer rows[] = {
        { "", "a,B,c,50% d,-" },
        { "name = 'A'", "a" },
        { "name = 'ａ'", "a" },
        { "name != 'A'", "B,c,50% d,-" },
        { "NOT name = 'A'", "B,c,50% d,-" },
        { "NOT name != 'A'", "a" },
        { "name = null", "-" },
        { "name = ''", "-" },
        { "name != null", "a,B,c,50% d" },
        { "NOT name = null", "a,B,c,50% d" },
        { "name IN ('A','b','x')", "a,B" },
        { "name IN ('A','b', null)", "a,B,-" },
        { "name NOT IN ('A','b')", "c,50% d,-" },
        { "NOT name IN ('A','b')", "c,50% d,-" },
        { "name NOT IN ('A', null)", "B,c,50% d" },
        { "name IN (null)", "-" },
        { "name NOT IN (null)", "a,B,c,50% d" },
        { "name > 'a'", "B,c" },
        { "name >= 'A'", "a,B,c" },
        { "name < 'b'", "a,50% d" },
        { "name <= 'b'", "a,B,50% d" },
        { "NOT name > 'a'", "a,50% d,-" },
        { "name LIKE '%'", "a,B,c,50% d" },
        { "name LIKE '_'", "a,B,c" },
        { "name LIKE '50\\% %'", "50% d" },
        { "name LIKE '50\\_%'", "" },
        { "name LIKE 'b%'", "B" },
        { "NOT name LIKE 'b%'", "a,c,50% d,-" },
        { "name NOT LIKE 'b%'", "a,c,50% d,-" },
        { "note = 'first line'", "a" },
        { "note LIKE '%LINE'", "a" },
        { "note = null", "B,c,50% d" },
        { "mail = 'a@X.ORG'", "a" },
        { "staff = 10", "a,50% d" },
        { "staff = 10.5", "" },
        { "staff != 10.5", "a,B,c,50% d,-" },
        { "staff > 9.5", "a,B,50% d" },
        { "staff >= 10.5", "B" },
        { "staff < 10.5", "a,50% d" },
        { "staff <= 19.5", "a,50% d" },
        { "staff < 20", "a,50% d" },
        { "NOT staff < 20", "B,c,-" },
        { "staff IN (10, 20.5, 20)", "a,B,50% d" },
        { "staff NOT IN (10)", "B,c,-" },
        { "staff = 1e1", "a,50% d" },
        { "staff > -1", "a,B,50% d" },
        { "weight = 1.5", "a" },
        { "weight = 0.1250", "B" },
        { "weight > 0.1249999", "a,B" },
        { "amount = 100.5", "a" },
        { "amount = 200", "B" },
        { "amount = 1000", "c" },
        { "amount > 150", "B,c" },
        { "amount < 150", "a" },
        { "NOT amount < 150", "B,c,50% d,-" },
        { "amount >= 1000", "c" },
        { "amount > 999.5", "c" },
        { "amount < 1000.5", "a,B,c" },
        { "amount = 1000.5", "" },
        { "amount IN (100.5, 1000)", "a,c" },
        { "amount NOT IN (100.5, 1000)", "B,50% d,-" },
        { "amount = null", "50% d,-" },
        { "currency = 'usd'", "B" },
        { "currency = 'xxx'", "" },
        { "currency != 'xxx'", "a,B,c,50% d,-" },
        { "chance = 25.5", "a" },
        { "chance >= 25.505", "B" },
        { "close = 2026-09-21", "a" },
        { "close != 2026-09-21", "B,c,50% d,-" },
        { "close = TODAY", "a" },
        { "close = THIS_MONTH", "a" },
        { "close = LAST_MONTH", "B" },
        { "close = THIS_YEAR", "a,B" },
        { "close = LAST_YEAR", "c" },
        { "close < THIS_YEAR", "c,-" },
        { "close <= LAST_MONTH", "B,c,-" },
        { "close > LAST_MONTH", "a" },
        { "close >= LAST_MONTH", "a,B" },
        { "close != THIS_YEAR", "c,50% d,-" },
        { "NOT close = THIS_YEAR", "c,50% d,-" },
        { "close IN (TODAY, LAST_MONTH, 2025-12-31)", "a,B,c" },
        { "close NOT IN (TODAY, LAST_MONTH)", "c,50% d,-" },
        { "close = LAST_N_DAYS:21", "a,B" },
        { "close < 1970-01-01", "-" },
        { "met = 2026-09-21T15:30:00Z", "a" },
        { "met = 2026-09-21T23:30:00+08:00", "a" },
        { "met = TODAY", "a" },
        { "met = 2026-09-22", "B" },
        { "met = TOMORROW", "B" },
        { "met != TODAY", "B,c,50% d,-" },
        { "met < TODAY", "-" },
        { "met > 2026-09-21", "B" },
        { "met <= 2026-09-21", "a,-" },
        { "hot = true", "a" },
        { "hot = false", "B" },
        { "hot != true", "B,c,50% d,-" },
        { "color = 'RED'", "a" },
        { "color IN ('red','green','mauve')", "a,B" },
        { "color NOT IN ('red','mauve')", "B,c,50% d,-" },
        { "color LIKE 'gr%'", "B" },
        { "tints = 'blue;red'", "a" },
        { "tints != 'blue;red'", "B,c,50% d,-" },
        { "tints INCLUDES ('red')", "a,50% d" },
        { "tints INCLUDES ('red;green','mauve')", "50% d" },
        { "tints INCLUDES ('green','blue')", "a,B,50% d" },
        { "tints EXCLUDES ('green')", "a,c,-" },
        { "NOT tints EXCLUDES ('green')", "B,50% d" },
        { "firm = '$3'", "a" },
        { "firm != '$3'", "B,c,50% d,-" },
        { "firm IN ('$3','$4')", "a,B" },
        { "firm = null", "50% d,-" },
        { "firm.name = 'BETA'", "B" },
        { "firm.name != 'BETA'", "a,c,50% d,-" },
        { "firm.name = null", "50% d,-" },
        { "firm.id = '$4'", "B" },
        { "firm.name = 'gone'", "c" },
        { "firm.parent.name = 'acme'", "B" },
        { "firm.parent.owner.team.name = 'north'", "B" },
        { "firm.industry IN ('energy','retail') AND firm.parent = null", "a,c" },
        { "stage = 'WON'", "a" },
        { "stage != 'won'", "B,c,50% d,-" },
        { "stage IN ('won','open')", "a,B" },
        { "stage NOT IN ('won')", "B,c,50% d,-" },
        { "stage = null", "c,50% d,-" },
        { "stage.kind = 'open'", "B" },
        { "stage.name LIKE '%deals'", "a" },
        { "about = 'firm/$3'", "a" },
        { "about = 'user/$3'", "" },
        { "about != 'firm/$3'", "B,c,50% d,-" },
        { "about IN ('firm/$3','user/$0')", "a,B" },
        { "about NOT IN ('firm/$3')", "B,c,50% d,-" },
        { "about.entity = 'user'", "B" },
        { "about.entity != 'user'", "a,c,50% d,-" },
        { "about = null", "c,50% d,-" },
        { "extra != null", "a" },
        { "owner = '$0'", "a,50% d" },
        { "owner.email = 'ann@x.org'", "a,50% d" },
        { "owner = :my_team", "" },
        { "CALENDAR_YEAR(close) = 2026", "a,B" },
        { "CALENDAR_MONTH(close) IN (8, 12)", "B,c,-" },
        { "CALENDAR_YEAR(met) = 1969", "-" },
        { "DAY_ONLY(met) = 2026-09-22", "B" },
        { "DAY_ONLY(met) = TODAY", "a" },
        { "HOUR_IN_DAY(met) >= 23", "a,-" },
        { "HOUR_IN_DAY(met) = 0", "B" },
        { "id IN (SELECT deal FROM quota)", "" },
        { "firm IN (SELECT id FROM firm WHERE industry = 'energy')", "a" },
        { "firm NOT IN (SELECT id FROM firm WHERE industry = 'energy')", "B,c,50% d,-" },
        { "NOT firm IN (SELECT id FROM firm)", "c,50% d,-" },
        { "firm IN (SELECT parent FROM firm WHERE owner.name = 'Bob')", "a" },
        { "firm NOT IN (SELECT parent FROM firm)", "B,c,50% d,-" },
        { "owner IN (SELECT user FROM quota WHERE name LIKE 'Ann%')", "a,50% d" },
        { "about IN (SELECT id FROM firm)", "a" },
        { "about NOT IN (SELECT id FROM firm)", "B,c,50% d,-" },
        { "firm IN (SELECT id FROM firm WHERE owner IN (SELECT id FROM user WHERE team.name = 'North'))", "a" },
        { "stage IN (SELECT id FROM stage WHERE kind = 'won')", "a" },
        { "name = 'a' OR name = 'b' AND staff = 99", "a" },
        { "(name = 'a' OR name = 'b') AND staff = 20", "B" },
        { "NOT (name = 'a' OR staff = 20)", "c,50% d,-" },
        { "NOT (name = 'a' AND staff = 20)", "a,B,c,50% d,-" },
        { "NOT NOT name = 'a'", "a" },
    };
    deals_fill(h);
    deals_find(h, rows, countof(rows));
}

/* ---- answers ---- */

static void answers(house *h)
{
    static const answer rows[] = {
        { "SELECT name FROM deal ORDER BY name",
          "[{\"name\":null},{\"name\":\"50% d\"},{\"name\":\"a\"},{\"name\":\"B\"},"
          "{\"name\":\"c\"}]" },
        { "SELECT name n FROM deal ORDER BY name DESC LIMIT 2", "[{\"n\":\"c\"},{\"n\":\"B\"}]" },
        { "SELECT staff FROM deal ORDER BY staff DESC NULLS FIRST LIMIT 3", "[{\"staff\":null},{\"staff\":null},"
                                                                            "{\"staff\":20}]" },
        { "SELECT staff FROM deal ORDER BY staff NULLS LAST LIMIT 3",
          "[{\"staff\":10},{\"staff\":10},{\"staff\":20}]" },
        { "SELECT name FROM deal ORDER BY stage DESC, name LIMIT 3",
          "[{\"name\":\"a\"},{\"name\":\"B\"},{\"name\":null}]" },
        { "SELECT amount, currency FROM deal WHERE amount != null ORDER BY id",
          "[{\"amount\":100.5,\"currency\":null},{\"amount\":200,\"currency\":\"USD\"},"
          "{\"amount\":1000,\"currency\":\"JPY\"}]" },
        { "SELECT weight, chance, close, met, hot, tints, extra FROM deal WHERE name = 'a'",
          "[{\"weight\":1.5,\"chance\":25.5,\"close\":\"2026-09-21\",\"met\":\"2026-09-21T15:30:00Z\",\"hot\":true,"
          "\"tints\":[\"red\",\"blue\"],\"extra\":{\"k\":[1]}}]" },
        { "SELECT firm, firm.industry, firm.parent.name, stage, about, about.entity FROM deal WHERE name = 'b'",
          "[{\"firm\":{\"id\":\"$4\",\"name\":\"beta\",\"industry\":\"Retail\",\"parent\":{\"name\":\"Acme\"}},"
          "\"stage\":\"open\",\"about\":{\"entity\":\"user\",\"id\":\"$0\",\"name\":\"Ann\"}}]" },
        { "SELECT firm.name, firm.parent.name, stage.kind FROM deal WHERE name = 'c'",
          "[{\"firm\":{\"name\":\"Gone\",\"parent\":null},\"stage\":null}]" },
        { "SELECT stage, stage.kind, firm.id FROM deal WHERE name IN ('a', 'c')",
          "[{\"stage\":{\"key\":\"won\",\"kind\":\"won\"},\"firm\":{\"id\":\"$3\"}},"
          "{\"stage\":null,\"firm\":{\"id\":\"$5\"}}]" },
        { "SELECT COUNT() FROM deal WHERE staff = 10", "{\"count\":2,\"records\":[]}" },
        { "SELECT COUNT() n FROM deal", "[{\"n\":5}]" },
        { "SELECT COUNT(id), COUNT(staff) s, COUNT_DISTINCT(staff) d, SUM(staff), MIN(close), MAX(met) FROM deal",
          "[{\"expr0\":5,\"s\":3,\"d\":2,\"expr1\":40,\"expr2\":\"1969-12-31\",\"expr3\":\"2026-09-21T16:30:00Z\"}]" },
        { "SELECT SUM(staff), AVG(staff), MAX(close), COUNT(id) FROM deal WHERE name = 'nobody'",
          "[{\"expr0\":null,\"expr1\":null,\"expr2\":null,\"expr3\":0}]" },
        { "SELECT AVG(staff) a, AVG(weight) w, AVG(chance) c FROM deal",
          "[{\"a\":13.333333333333334,\"w\":0.8125,\"c\":37.75}]" },
        { "SELECT SUM(amount) s, AVG(amount) a, MIN(amount) m FROM deal WHERE currency = 'JPY'",
          "[{\"s\":1000,\"a\":1000,\"m\":1000}]" },
        { "SELECT currency, SUM(amount) s FROM deal WHERE amount != null GROUP BY currency",
          "[{\"currency\":null,\"s\":100.5},{\"currency\":\"JPY\",\"s\":1000},{\"currency\":\"USD\",\"s\":200}]" },
        { "SELECT amount, COUNT(id) FROM deal GROUP BY amount",
          "[{\"amount\":null,\"expr0\":2},{\"amount\":1000,\"expr0\":1},{\"amount\":100.5,\"expr0\":1},"
          "{\"amount\":200,\"expr0\":1}]" },
        { "SELECT owner.name, COUNT(id) n FROM deal GROUP BY owner.name ORDER BY n DESC, owner.name LIMIT 2",
          "[{\"owner\":{\"name\":null},\"n\":2},{\"owner\":{\"name\":\"Ann\"},\"n\":2}]" },
        { "SELECT owner, COUNT(id) FROM deal WHERE owner != null GROUP BY owner",
          "[{\"owner\":{\"id\":\"$0\",\"name\":\"Ann\"},\"expr0\":2},{\"owner\":{\"id\":\"$1\",\"name\":\"Bob\"},"
          "\"expr0\":1}]" },
        { "SELECT stage, COUNT(id) FROM deal GROUP BY stage",
          "[{\"stage\":null,\"expr0\":3},{\"stage\":\"open\",\"expr0\":1},{\"stage\":\"won\",\"expr0\":1}]" },
        { "SELECT firm.industry, COUNT(id) FROM deal GROUP BY firm.industry",
          "[{\"firm\":{\"industry\":null},\"expr0\":2},{\"firm\":{\"industry\":\"energy\"},\"expr0\":2},"
          "{\"firm\":{\"industry\":\"Retail\"},\"expr0\":1}]" },
        { "SELECT staff, COUNT(id) n FROM deal GROUP BY staff HAVING COUNT(id) > 1 ORDER BY staff DESC",
          "[{\"staff\":10,\"n\":2},{\"staff\":null,\"n\":2}]" },
        { "SELECT staff FROM deal GROUP BY staff HAVING SUM(weight) > 1 OR AVG(chance) = 50 ORDER BY staff",
          "[{\"staff\":10},{\"staff\":20}]" },
        { "SELECT currency FROM deal GROUP BY currency HAVING SUM(amount) >= 200 AND NOT MAX(amount) > 999.5",
          "[{\"currency\":\"USD\"}]" },
        { "SELECT CALENDAR_YEAR(close) y, CALENDAR_QUARTER(close) q, COUNT(id) n FROM deal WHERE close != null "
          "GROUP BY CALENDAR_YEAR(close), CALENDAR_QUARTER(close) ORDER BY CALENDAR_YEAR(close) DESC",
          "[{\"y\":2026,\"q\":3,\"n\":2},{\"y\":2025,\"q\":4,\"n\":1},{\"y\":1969,\"q\":4,\"n\":1}]" },
        { "SELECT DAY_ONLY(met), COUNT(id) FROM deal GROUP BY DAY_ONLY(met) ORDER BY DAY_ONLY(met) DESC",
          "[{\"expr0\":\"2026-09-22\",\"expr1\":1},{\"expr0\":\"2026-09-21\",\"expr1\":1},"
          "{\"expr0\":\"1969-12-31\",\"expr1\":1},{\"expr0\":null,\"expr1\":2}]" },
        { "SELECT CALENDAR_YEAR(close) a, CALENDAR_QUARTER(close) b, CALENDAR_MONTH(close) c, DAY_IN_MONTH(close) d, "
          "DAY_IN_WEEK(close) e, DAY_IN_YEAR(close) f, WEEK_IN_MONTH(close) g, WEEK_IN_YEAR(close) h, "
          "FISCAL_YEAR(close) i, "
          "FISCAL_QUARTER(close) j, FISCAL_MONTH(close) k FROM deal WHERE name IN ('a', 'c', null) ORDER BY id",
          "[{\"a\":2026,\"b\":3,\"c\":9,\"d\":21,\"e\":2,\"f\":264,\"g\":3,\"h\":38,\"i\":2026,\"j\":3,\"k\":9},"
          "{\"a\":2025,\"b\":4,\"c\":12,\"d\":31,\"e\":4,\"f\":365,\"g\":5,\"h\":53,\"i\":2025,\"j\":4,\"k\":12},"
          "{\"a\":1969,\"b\":4,\"c\":12,\"d\":31,\"e\":4,\"f\":365,\"g\":5,\"h\":53,\"i\":1969,\"j\":4,\"k\":12}]" },
        { "SELECT HOUR_IN_DAY(met) h FROM deal WHERE met != null ORDER BY id", "[{\"h\":23},{\"h\":0},{\"h\":23}]" },
    };
    deals_fill(h);
    deals_answer(h, rows, countof(rows));
}

/* Who owns, has made and has changed a record: one person, two or three, or nobody; each name stands where it belongs. */
static void the_same_person_twice(house *h)
{
    static const answer rows[] = {
        { "SELECT owner, created_by, updated_by FROM deal WHERE name IN ('a', 'mine', 'theirs', 'changed') ORDER BY id",
          "[{\"owner\":{\"id\":\"$0\",\"name\":\"Ann\"},\"created_by\":null,\"updated_by\":null},"
          "{\"owner\":{\"id\":\"$0\",\"name\":\"Ann\"},\"created_by\":{\"id\":\"$0\",\"name\":\"Ann\"},"
          "\"updated_by\":{\"id\":\"$0\",\"name\":\"Ann\"}},"
          "{\"owner\":{\"id\":\"$1\",\"name\":\"Bob\"},\"created_by\":{\"id\":\"$0\",\"name\":\"Ann\"},"
          "\"updated_by\":{\"id\":\"$0\",\"name\":\"Ann\"}},"
          "{\"owner\":{\"id\":\"$1\",\"name\":\"Bob\"},\"created_by\":{\"id\":\"$0\",\"name\":\"Ann\"},"
          "\"updated_by\":{\"id\":\"$1\",\"name\":\"Bob\"}}]" },
        { "SELECT updated_by, firm.owner, created_by, owner.name FROM deal WHERE name = 'changed'",
          "[{\"updated_by\":{\"id\":\"$1\",\"name\":\"Bob\"},\"firm\":{\"owner\":{\"id\":\"$0\",\"name\":\"Ann\"}},"
          "\"created_by\":{\"id\":\"$0\",\"name\":\"Ann\"},\"owner\":{\"name\":\"Bob\"}}]" },
    };
    deals_fill(h);
    h->c.actor.user = deals_ids[ANN];
    deals_make(h, "deal", "{\"name\":\"mine\",\"owner\":\"$0\"}");
    deals_make(h, "deal", "{\"name\":\"theirs\",\"owner\":\"$1\"}");
    int64_t id = deals_make(h, "deal", "{\"name\":\"x\",\"owner\":\"$1\",\"firm\":\"$3\"}");
    h->c.actor.user = deals_ids[BOB];
    assert_int_equal(house_try(h, "deal", id, "{\"name\":\"changed\"}", &id), ERR_OK);
    h->c.actor.user = 0;
    deals_answer(h, rows, countof(rows));
}

/* ---- the fiscal year, zones with summer time ---- */

static void fiscal_and_zones(house *h)
{
    static const answer april[] = {
        { "SELECT FISCAL_YEAR(close) y, FISCAL_QUARTER(close) q, FISCAL_MONTH(close) m FROM deal ORDER BY close",
          "[{\"y\":2025,\"q\":4,\"m\":12},{\"y\":2026,\"q\":1,\"m\":1}]" },
    };
    static const answer berlin[] = {
        { "SELECT HOUR_IN_DAY(met) h, DAY_ONLY(met) d FROM deal ORDER BY met",
          "[{\"h\":1,\"d\":\"2026-03-29\"},{\"h\":3,\"d\":\"2026-03-29\"}]" },
    };
    deals_make(h, "deal", "{\"name\":\"x\",\"close\":\"2026-03-31\",\"met\":\"2026-03-29T00:59:59Z\"}");
    deals_make(h, "deal", "{\"name\":\"y\",\"close\":\"2026-04-01\",\"met\":\"2026-03-29T01:00:00Z\"}");
    snapshot changed = *h->snap;
    changed.fiscal_start_month = 4;
    h->c.snap = &changed;
    deals_answer(h, april, countof(april));
    h->c.snap = h->snap;
    h->c.zone = STR("Europe/Berlin");
    deals_answer(h, berlin, countof(berlin));
}

/* ---- what is refused ---- */

typedef struct {
    const char *text;
    int         at;
    const char *detail;
    err         e;
} refused;

static void refuses(house *h)
{
    static const refused rows[] = {
        { "SELECT nothing FROM deal", 7, "there is no field “nothing”", ERR_MALFORMED },
        { "SELECT name FROM deals", 17, "there is no entity “deals”", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE nam = 'x'", 28, "there is no field “nam”", ERR_MALFORMED },
        { "SELECT firm.nam FROM deal", 12, "there is no field “nam”", ERR_MALFORMED },
        { "SELECT name.x FROM deal", 7, "name is no reference that can be followed", ERR_MALFORMED },
        { "SELECT about.name FROM deal", 7, "about is no reference that can be followed", ERR_MALFORMED },
        { "SELECT name, name FROM deal", 13, "name stands twice", ERR_MALFORMED },
        { "SELECT name, staff name FROM deal", 13, "name stands twice", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE firm = 'acme'", 35, "an id in quotes", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE firm = ''", 35, "an id in quotes", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE firm = 7", 35, "an id in quotes", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE firm IN ('1','x')", 41, "an id in quotes", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE firm = '0'", 35, "an id in quotes", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE about = '7'", 36, "a record was", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE about = 'firm/x'", 36, "a record", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE firm = :me", 35, ":me is a user", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE firm = :my_team", 35, ":my_team is a team", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE firm LIKE 'a%'", 28, "firm cannot be compared", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE hot > true", 28, "hot cannot be compared", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE name < null", 35, "null can only", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE name < ''", 35, "null can only", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE staff = 99999999999999999999", 36, "this number is too large", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE close = '2026-01-01'", 36, "dates and times stand without quotes",
          ERR_MALFORMED },
        { "SELECT name FROM deal WHERE SUM(staff) > 5", 28, "aggregates stand behind HAVING", ERR_MALFORMED },
        { "SELECT staff FROM deal GROUP BY staff HAVING staff > 5", 45, "behind HAVING stand aggregates",
          ERR_MALFORMED },
        { "SELECT name, COUNT(id) FROM deal", 7, "name must stand behind GROUP BY", ERR_MALFORMED },
        { "SELECT name FROM deal GROUP BY staff", 7, "name must stand", ERR_MALFORMED },
        { "SELECT COUNT(id) FROM deal GROUP BY staff ORDER BY name", 51, "name must stand", ERR_MALFORMED },
        { "SELECT COUNT(id) FROM deal GROUP BY note", 36, "note cannot be grouped by", ERR_MALFORMED },
        { "SELECT COUNT(id) FROM deal GROUP BY met", 36, "met cannot be grouped by", ERR_MALFORMED },
        { "SELECT COUNT(id) FROM deal GROUP BY SUM(staff)", 36, "staff cannot be grouped by", ERR_MALFORMED },
        { "SELECT SUM(name) FROM deal", 7, "this aggregate cannot be made of name", ERR_MALFORMED },
        { "SELECT MAX(name) FROM deal", 7, "this aggregate cannot be made of name", ERR_MALFORMED },
        { "SELECT AVG(close) FROM deal", 7, "this aggregate cannot be made of close", ERR_MALFORMED },
        { "SELECT CALENDAR_YEAR(name) FROM deal", 7, "this function wants a date", ERR_MALFORMED },
        { "SELECT HOUR_IN_DAY(close) FROM deal", 7, "this function wants a time", ERR_MALFORMED },
        { "SELECT name FROM deal ORDER BY note", 31, "note has no order", ERR_MALFORMED },
        { "SELECT name FROM deal ORDER BY firm", 31, "firm has no order", ERR_MALFORMED },
        { "SELECT name FROM deal ORDER BY COUNT(id)", 31, "there is nothing to aggregate", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE name IN (SELECT id FROM firm)", 28, "only ids and references", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE firm IN (SELECT name FROM firm)", 44, "this field does not hold",
          ERR_MALFORMED },
        { "SELECT name FROM deal WHERE firm IN (SELECT id FROM deal)", 44, "this field does not hold", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE firm IN (SELECT id, name FROM firm)", 48, "the SELECT in paren", ERR_MALFORMED },
        { "SELECT name FROM deal WHERE firm IN (SELECT id FROM firm LIMIT 5)", 57, "the SELECT in paren",
          ERR_MALFORMED },
        { "SELECT name FROM deal WHERE firm IN (SELECT COUNT(id) FROM firm)", 44, "the SELECT in paren",
          ERR_MALFORMED },
        { "SELECT name FROM deal WHERE firm IN (SELECT id FROM zk_password)", 52, "there is no entity", ERR_MALFORMED },
        { "SELECT SUM(amount) FROM deal", -1, "The amounts are in several currencies", ERR_INVALID },
        { "SELECT name FROM deal WHERE staff = 1; DROP TABLE deals", 37, "this character has no meaning",
          ERR_MALFORMED },
    };
    deals_fill(h);
    int wrong = 0;
    for (size_t i = 0; i < countof(rows); i++) {
        query      *q;
        buf         b;
        json_writer w;
        house_read(h);
        buf_init(&b, 1 << 16);
        json_begin(&w, &b);
        err e = query_select(&h->c, str_from(rows[i].text), &q);
        if (e == ERR_OK)
            e = query_write(&h->c, q, &w);
        bool right = e == rows[i].e && h->c.position == rows[i].at && str_starts(h->c.detail, str_from(rows[i].detail));
        if (!right) {
            wrong++;
            print_message("%s\n  %s at %d: %.*s\n", rows[i].text, err_name(e), (int)h->c.position,
                          STR_ARG(h->c.detail));
        }
        if (e == ERR_INVALID)
            assert_true(h->c.problem_count == 1 && str_eq(h->c.problems[0].code, STR("mixed_currencies")));
        buf_free(&b);
        house_read_end(h);
    }
    assert_int_equal(wrong, 0);
}

/* HAVING does not hide a group that has no sum. */
static void mixed_groups_are_refused(house *h)
{
    query      *q;
    buf         b;
    json_writer w;
    deals_fill(h);
    house_read(h);
    buf_init(&b, 1 << 16);
    json_begin(&w, &b);
    assert_int_equal(query_select(&h->c, STR("SELECT hot FROM deal GROUP BY hot HAVING SUM(amount) > 999999"), &q),
                     ERR_OK);
    assert_int_equal(query_write(&h->c, q, &w), ERR_OK);
    house_read_end(h);
    deals_make(h, "deal", "{\"name\":\"y\",\"hot\":true,\"amount\":5,\"currency\":\"USD\"}");
    house_read(h);
    json_begin(&w, &b);
    assert_int_equal(query_select(&h->c, STR("SELECT hot FROM deal GROUP BY hot HAVING SUM(amount) > 999999"), &q),
                     ERR_OK);
    assert_int_equal(query_write(&h->c, q, &w), ERR_INVALID);
    house_read_end(h);
    buf_free(&b);
}

ON_BOTH(the_same_person_twice)
ON_BOTH(finds)
ON_BOTH(answers)
ON_BOTH(fiscal_and_zones)
ON_BOTH(refuses)
ON_BOTH(mixed_groups_are_refused)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_person_twice),
        cmocka_unit_test(test_finds),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_fiscal_and_zones),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_mixed_groups_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

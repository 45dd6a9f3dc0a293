/* One line of text to a proposal of a record; nothing is written. */
#include "schema/line.h"
#include "api/rest.h"

static void put_value(json_writer *w, const line_part *p)
{
    if (p->field->type == FT_MONEY)
        json_number(w, p->value);
    else
        json_string(w, p->value);
}

static void put_part(json_writer *w, const line_part *p)
{
    json_object(w);
    json_put_string(w, "field", p->field->name);
    json_put_string(w, "text", p->text);
    json_key(w, STR("value"));
    put_value(w, p);
    json_object_end(w);
}

err record_parse(call *k)
{
    static const char *const names[] = { "text", NULL };
    line_parts               p;
    str                      text = body_text(k, "text", true, LINE_MAX_BYTES / 4);
    TRY(body_check(k, names));
    if (!permit_entity(&k->c.actor, k->e, VERB_CREATE))
        return ctx_refuse(&k->c, ERR_FORBIDDEN, STR("forbidden"), (str){ 0 });
    line_parse(k->c.a, k->e, text, &p);
    json_object(&k->w);
    json_key(&k->w, STR("record"));
    json_object(&k->w);
    for (size_t i = 0; i < p.count; i++) {
        json_key(&k->w, p.parts[i].field->name);
        put_value(&k->w, &p.parts[i]);
    }
    json_object_end(&k->w);
    json_key(&k->w, STR("parts"));
    json_array(&k->w);
    for (size_t i = 0; i < p.count; i++)
        put_part(&k->w, &p.parts[i]);
    json_array_end(&k->w);
    put_text(&k->w, "rest", p.rest);
    json_object_end(&k->w);
    return ERR_OK;
}

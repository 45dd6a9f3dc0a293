#include "base/map.h"
#include "schema/snapshot.h"
#include "json/json.h"

/* Set once at start, before any thread; read-only afterwards. */
static struct {
    arena *a;
    map   *texts[LANG_COUNT];
} labels;

const char *lang_name(int lang)
{
    static const char *const names[LANG_COUNT] = { [LANG_EN] = "en", [LANG_ZH] = "zh-CN" };
    ASSERT(lang >= 0 && lang < LANG_COUNT);
    return names[lang];
}

int lang_from(str tag)
{
    return tag.n >= 2 && str_eq_nocase(str_sub(tag, 0, 2), STR("zh")) ? LANG_ZH : LANG_EN;
}

err label_load(int lang, str json_text)
{
    ASSERT(lang >= 0 && lang < LANG_COUNT);
    if (!labels.a)
        labels.a = arena_new();
    if (!labels.texts[lang])
        labels.texts[lang] = map_new(labels.a, 2048);
    json      *root;
    json_fault fault;
    TRY(json_parse(labels.a, json_text, &root, &fault));
    if (!json_is(root, JSON_OBJECT))
        return ERR_MALFORMED;
    for (json *j = root->first; j; j = j->next)
        if (j->kind == JSON_STRING)
            map_put(labels.texts[lang], j->key, &j->text);
    return ERR_OK;
}

bool label_has(int lang, str key)
{
    return labels.texts[lang] && map_get(labels.texts[lang], key);
}

str label_get(int lang, str key)
{
    const int order[] = { lang, LANG_EN };
    for (size_t i = 0; i < countof(order); i++) {
        const str *text = labels.texts[order[i]] ? map_get(labels.texts[order[i]], key) : NULL;
        if (text)
            return *text;
    }
    return key;
}

void label_close(void)
{
    arena_free(labels.a);
    memset(&labels, 0, sizeof labels);
}

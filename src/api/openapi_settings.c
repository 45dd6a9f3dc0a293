/* The shapes of settings. */
#include "api/openapi.h"

/* clang-format off */
#define OBJECT(required, properties) \
    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[" required "],\"properties\":{" properties "}}"
#define TEXT       "{\"type\":\"string\"}"
#define TEXT_OR    "{\"type\":[\"string\",\"null\"]}"
#define INT        "{\"type\":\"integer\"}"
#define INT_OR     "{\"type\":[\"integer\",\"null\"]}"
#define NUMBER_OR  "{\"type\":[\"number\",\"null\"]}"
#define COUNT      "{\"type\":\"integer\",\"minimum\":0}"
#define BOOL       "{\"type\":\"boolean\"}"
#define TIME       "{\"type\":\"string\",\"format\":\"date-time\"}"
#define TIME_OR    "{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}"
#define TO(name)   "{\"$ref\":\"#/components/schemas/" name "\"}"
#define OR_NULL(x) "{\"anyOf\":[" x ",{\"type\":\"null\"}]}"
#define LIST(x)    "{\"type\":\"array\",\"items\":" x "}"
#define TEXTS      LIST(TEXT)
#define WORDS      "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{" \
                   "\"en\":" TEXT_OR ",\"zh-CN\":" TEXT_OR "}},{\"type\":\"null\"}]}"
#define TYPES      "{\"type\":\"string\",\"enum\":[\"text\",\"long_text\",\"email\",\"phone\",\"url\",\"integer\",\"decimal\"," \
                   "\"money\",\"percent\",\"date\",\"time\",\"boolean\",\"choice\",\"multi_choice\",\"reference\"]}"
#define KINDS      "{\"type\":\"string\",\"enum\":[\"list\",\"form\",\"record\"]}"
#define SWITCHES   "\"required\":" BOOL ",\"unique\":" BOOL ",\"search\":" BOOL ",\"indexed\":" BOOL ",\"list\":" BOOL

const char openapi_settings_schemas[] =
    "\"OwnField\":" OBJECT(
        "\"id\",\"entity\",\"name\",\"type\",\"label\",\"help\",\"required\",\"unique\",\"search\",\"indexed\",\"list\","
        "\"group\",\"position\",\"min\",\"max\",\"decimals\",\"target\",\"initial\",\"choices\",\"retired\"",
        "\"id\":" TO("Id") ",\"entity\":" TEXT ",\"name\":" TEXT ",\"type\":" TYPES ",\"label\":" TO("Label")
        ",\"help\":" OR_NULL(TO("Label")) "," SWITCHES ",\"group\":" TEXT ",\"position\":" COUNT
        ",\"min\":" NUMBER_OR ",\"max\":" NUMBER_OR ",\"decimals\":" INT_OR ",\"target\":" TEXT_OR ",\"initial\":" TEXT_OR
        ",\"choices\":" OR_NULL(LIST(TO("OwnChoice"))) ",\"retired\":" BOOL
        ",\"values\":" COUNT ",\"living\":" COUNT) ","
    "\"OwnChoice\":" OBJECT("\"key\",\"label\",\"color\",\"retired\"",
        "\"key\":" TEXT ",\"label\":" TO("Label") ",\"color\":" TEXT_OR ",\"retired\":" BOOL) ","
    "\"ChoiceNew\":" OBJECT("",
        "\"key\":" TEXT_OR ",\"label\":" WORDS ",\"color\":" TEXT_OR ",\"retired\":" BOOL) ","
    "\"OwnFields\":" OBJECT("\"fields\",\"most\"", "\"fields\":" LIST(TO("OwnField")) ",\"most\":" COUNT) ","
    "\"OwnFieldNew\":" OBJECT("\"entity\",\"type\",\"label\"",
        "\"entity\":" TEXT ",\"name\":{\"type\":\"string\",\"pattern\":\"^x_[a-z0-9_]*[a-z0-9]$\",\"maxLength\":40},\"type\":" TYPES
        ",\"label\":" WORDS ",\"help\":" WORDS "," SWITCHES ",\"group\":" TEXT ",\"min\":" NUMBER_OR ",\"max\":" NUMBER_OR
        ",\"decimals\":" INT_OR ",\"target\":" TEXT_OR ",\"initial\":" TEXT_OR
        ",\"choices\":" OR_NULL(LIST(TO("ChoiceNew")))) ","
    "\"OwnFieldPatch\":" OBJECT("",
        "\"label\":" WORDS ",\"help\":" WORDS "," SWITCHES ",\"group\":" TEXT ",\"position\":" COUNT ",\"min\":" NUMBER_OR
        ",\"max\":" NUMBER_OR ",\"initial\":" TEXT_OR ",\"retired\":" BOOL) ","
    "\"UsedChoice\":" OBJECT("\"key\",\"label\",\"color\",\"retired\",\"used\"",
        "\"key\":" TEXT ",\"label\":" TO("Label") ",\"color\":" TEXT_OR ",\"retired\":" BOOL ",\"used\":" COUNT) ","
    "\"ChoiceList\":" OBJECT("\"entity\",\"field\",\"open\",\"choices\"",
        "\"entity\":" TEXT ",\"field\":" TEXT ",\"open\":" BOOL ",\"choices\":" LIST(TO("UsedChoice"))) ","
    "\"ChoiceListNew\":" OBJECT("\"entity\",\"field\",\"choices\"",
        "\"entity\":" TEXT ",\"field\":" TEXT ",\"choices\":" LIST(TO("ChoiceNew"))
        ",\"replace\":{\"type\":[\"object\",\"null\"],\"additionalProperties\":" TEXT_OR "},\"preview\":" BOOL) ","
    "\"ChoiceListSaved\":" OBJECT("\"entity\",\"field\",\"open\",\"choices\",\"removed\",\"replaced\",\"saved\"",
        "\"entity\":" TEXT ",\"field\":" TEXT ",\"open\":" BOOL ",\"choices\":" LIST(TO("UsedChoice"))
        ",\"removed\":" LIST(OBJECT("\"key\",\"used\",\"replace\"", "\"key\":" TEXT ",\"used\":" COUNT ",\"replace\":" TEXT_OR))
        ",\"replaced\":" COUNT ",\"saved\":" BOOL) ","
    "\"ListLayout\":" OBJECT("\"columns\"",
        "\"columns\":" LIST(OBJECT("\"field\"", "\"field\":" TEXT ",\"width\":" INT_OR)) ",\"order\":" TEXT_OR) ","
    "\"FormLayout\":" OBJECT("\"groups\"",
        "\"groups\":" LIST(OBJECT("\"name\"", "\"name\":" TEXT ",\"label\":" WORDS ",\"fields\":" TEXTS ",\"collapsed\":" BOOL))
        ",\"hidden\":" TEXTS ",\"facts\":" TEXTS ",\"related\":" TEXTS ",\"hidden_related\":" TEXTS) ","
    "\"Layouts\":" OBJECT("\"list\",\"form\",\"record\"",
        "\"list\":" OR_NULL(TO("ListLayout")) ",\"form\":" OR_NULL(TO("FormLayout")) ",\"record\":" OR_NULL(TO("FormLayout"))) ","
    "\"LayoutNew\":" OBJECT("\"entity\",\"kind\",\"layout\"",
        "\"entity\":" TEXT ",\"kind\":" KINDS ",\"layout\":{\"anyOf\":[" TO("ListLayout") "," TO("FormLayout") ",{\"type\":\"null\"}]}") ","
    "\"LayoutSaved\":" OBJECT("\"entity\",\"kind\",\"layout\"",
        "\"entity\":" TEXT ",\"kind\":" KINDS ",\"layout\":{\"anyOf\":[" TO("ListLayout") "," TO("FormLayout") ",{\"type\":\"null\"}]}") ","
    "\"Changes\":" OBJECT("\"changes\",\"next\",\"until\"",
        "\"changes\":" LIST(TO("AnyChange")) ",\"next\":" TEXT_OR ",\"until\":" TIME_OR) ","
    "\"AnyChange\":" OBJECT("\"id\",\"at\",\"by\",\"operation\",\"what\",\"entity\",\"record\",\"about\",\"fields\"",
        "\"id\":" TO("Id") ",\"at\":" TIME ",\"by\":" OR_NULL(TO("Reference")) ",\"operation\":" OR_NULL(TO("Id"))
        ",\"what\":" TEXT ",\"entity\":" TEXT ",\"record\":" OR_NULL(TO("Reference")) ",\"about\":" TEXT_OR
        ",\"fields\":{\"type\":\"object\",\"additionalProperties\":" OBJECT("\"old\",\"new\"", "\"old\":{},\"new\":{}") "}") ","
    "\"Sessions\":" OBJECT("\"sessions\"", "\"sessions\":" LIST(TO("OpenSession"))) ","
    "\"OpenSession\":" OBJECT("\"id\",\"current\",\"created_at\",\"seen_at\",\"expires_at\",\"agent\",\"address\"",
        "\"id\":" TO("Id") ",\"current\":" BOOL ",\"created_at\":" TIME ",\"seen_at\":" TIME ",\"expires_at\":" TIME
        ",\"agent\":" TEXT_OR ",\"address\":" TEXT_OR) ","
    "\"Invitation\":" OBJECT("\"token\",\"link\",\"expires_at\"", "\"token\":" TEXT ",\"link\":" TEXT ",\"expires_at\":" TIME) ","
    "\"Invited\":" OBJECT("\"name\",\"login\",\"email\",\"language\",\"organisation\"",
        "\"name\":" TEXT ",\"login\":" TEXT_OR ",\"email\":" TEXT_OR ",\"language\":" TEXT_OR ",\"organisation\":" TEXT_OR) ","
    "\"Join\":" OBJECT("\"token\",\"password\"",
        "\"token\":" TEXT ",\"password\":{\"type\":\"string\",\"minLength\":8,\"format\":\"password\"}");
/* clang-format on */

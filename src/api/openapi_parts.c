/* The shapes that belong to no entity. */
#include "api/openapi.h"

#define OBJECT(required, properties) \
    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[" required "],\"properties\":{" properties "}}"
#define TEXT       "{\"type\":\"string\"}"
#define TEXT_OR    "{\"type\":[\"string\",\"null\"]}"
#define INT        "{\"type\":\"integer\"}"
#define COUNT      "{\"type\":\"integer\",\"minimum\":0}"
#define BOOL       "{\"type\":\"boolean\"}"
#define TIME       "{\"type\":\"string\",\"format\":\"date-time\"}"
#define TIME_OR    "{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}"
#define ID         "{\"$ref\":\"#/components/schemas/Id\"}"
#define TO(name)   "{\"$ref\":\"#/components/schemas/" name "\"}"
#define OR_NULL(x) "{\"anyOf\":[" x ",{\"type\":\"null\"}]}"
#define LIST(x)    "{\"type\":\"array\",\"items\":" x "}"
#define TEXTS      LIST(TEXT)
#define NEXT       "\"next\":" TEXT_OR
#define PASSWORD   "{\"type\":\"string\",\"minLength\":8,\"format\":\"password\"}"

/* clang-format off */
const char openapi_schemas[] =
    "\"Id\":{\"type\":\"string\",\"pattern\":\"^[1-9][0-9]{0,18}$\"},"
    "\"Problem\":" OBJECT("\"type\",\"status\",\"code\",\"detail\"", "\"type\":" TEXT ",\"title\":" TEXT
        ",\"status\":" INT ",\"code\":" TEXT ",\"detail\":" TEXT ",\"request_id\":" TEXT ",\"position\":" COUNT
        ",\"errors\":" LIST(TO("FieldProblem"))) ","
    "\"FieldProblem\":" OBJECT("\"field\",\"code\",\"message\"", "\"field\":" TEXT ",\"code\":" TEXT ",\"message\":"
        TEXT) ","
    "\"Reference\":" OBJECT("\"id\",\"name\"", "\"id\":" ID ",\"name\":" TEXT) ","
    "\"Label\":" OBJECT("\"en\",\"zh-CN\"", "\"en\":" TEXT ",\"zh-CN\":" TEXT) ","

    /* who */
    "\"SignIn\":" OBJECT("\"login\",\"password\"",
        "\"login\":{\"type\":\"string\",\"description\":\"Login, e-mail or name.\"},\"password\":" TEXT ",\"code\":"
        TEXT) ","
    "\"Me\":" OBJECT(
        "\"id\",\"name\",\"login\",\"email\",\"role\",\"team\",\"language\",\"zone\",\"must_change_password\",\"session\"",
        "\"id\":" ID ",\"name\":" TEXT ",\"login\":" TEXT_OR ",\"email\":" TEXT_OR ",\"role\":" TEXT ",\"team\":"
        OR_NULL(TO("Reference")) ",\"language\":" TEXT ",\"zone\":" TEXT ",\"must_change_password\":" BOOL
        ",\"session\":" OBJECT("\"kind\",\"since\",\"expires_at\"",
        "\"kind\":{\"type\":\"string\",\"enum\":[\"cookie\",\"token\"]},\"since\":" TIME ",\"expires_at\":" TIME_OR))
        ","
    "\"MePatch\":" OBJECT("", "\"language\":" TEXT ",\"zone\":" TEXT ",\"name\":" TEXT ",\"email\":" TEXT_OR) ","
    "\"PasswordChange\":" OBJECT("\"current\",\"new\"", "\"current\":" TEXT ",\"new\":" PASSWORD) ","
    "\"PasswordSet\":" OBJECT("\"password\"", "\"password\":" PASSWORD
        ",\"keep\":{\"type\":\"boolean\",\"description\":\"It need not be changed at the next sign-in.\"}") ","
    "\"Token\":" OBJECT("\"id\",\"name\",\"user\",\"created_at\",\"expires_at\"", "\"id\":" ID ",\"name\":" TEXT
        ",\"user\":" TO("Reference") ",\"created_at\":" TIME ",\"expires_at\":" TIME_OR) ","
    "\"TokenMade\":" OBJECT("\"id\",\"name\",\"user\",\"created_at\",\"expires_at\",\"token\"", "\"id\":" ID
        ",\"name\":" TEXT ",\"user\":" TO("Reference") ",\"created_at\":" TIME ",\"expires_at\":" TIME_OR
        ",\"token\":" TEXT) ","
    "\"Tokens\":" OBJECT("\"tokens\"", "\"tokens\":" LIST(TO("Token"))) ","
    "\"TokenNew\":" OBJECT("\"name\"", "\"name\":" TEXT ",\"expires_at\":" TIME_OR) ","

    /* what there is */
    "\"Choice\":" OBJECT("\"key\",\"label\",\"color\",\"next\",\"retired\"", "\"key\":" TEXT ",\"label\":" TO("Label")
        ",\"color\":" TEXT_OR ",\"next\":{\"type\":[\"array\",\"null\"],\"items\":" TEXT "},\"retired\":" BOOL) ","
    "\"Field\":" OBJECT(
        "\"name\",\"type\",\"label\",\"help\",\"required\",\"readonly\",\"group\",\"group_label\",\"list\",\"sortable\",\"indexed\","
        "\"search\",\"personal\",\"custom\",\"unique\",\"target\",\"max\",\"min\",\"decimals\",\"currency_field\",\"initial\",\"choices\","
        "\"operators\",\"widget\"", "\"name\":" TEXT ",\"type\":" TEXT ",\"label\":" TO("Label") ",\"help\":" OR_NULL(
        TO("Label")) ",\"required\":" BOOL ",\"readonly\":" BOOL ",\"group\":" TEXT ",\"group_label\":" TO("Label")
        ",\"list\":" BOOL ",\"sortable\":" BOOL ",\"indexed\":" BOOL ",\"search\":" BOOL ",\"personal\":" BOOL
        ",\"custom\":" BOOL ",\"unique\":" BOOL ",\"target\":" TEXT_OR
        ",\"max\":{\"type\":[\"integer\",\"null\"]},\"min\":{\"type\":[\"integer\",\"null\"]},\"decimals\":{\"type\":[\"integer\",\"null\"]},"
        "\"currency_field\":" TEXT_OR ",\"initial\":" TEXT_OR ",\"choices\":{\"type\":[\"array\",\"null\"],\"items\":"
        TO("Choice") "},\"operators\":" TEXTS ",\"widget\":" TEXT) ","
    "\"Entity\":" OBJECT(
        "\"name\",\"plural\",\"label\",\"plural_label\",\"module\",\"configuration\",\"order\",\"keyed\",\"key\",\"title\",\"fields\","
        "\"related\",\"actions\",\"views\",\"board\",\"calendar\",\"layouts\",\"may\"", "\"name\":" TEXT
        ",\"plural\":" TEXT ",\"label\":" TO("Label") ",\"plural_label\":" TO("Label") ",\"module\":" BOOL
        ",\"configuration\":" BOOL ",\"order\":" INT ",\"keyed\":" BOOL ",\"key\":" TEXT_OR ",\"title\":" TEXT
        ",\"fields\":" LIST(TO("Field")) ",\"related\":" LIST(OBJECT("\"entity\",\"plural\",\"field\"", "\"entity\":"
        TEXT ",\"plural\":" TEXT ",\"field\":" TEXT)) ",\"actions\":" LIST(OBJECT("\"name\",\"label\",\"parameters\"",
        "\"parameters\":" LIST(TO("Parameter")) ",\"name\":" TEXT ",\"label\":" TO("Label"))) ",\"views\":" LIST(
        OBJECT("\"name\",\"label\",\"where\",\"order\",\"columns\"", "\"name\":" TEXT ",\"label\":" TO("Label")
        ",\"where\":" TEXT ",\"order\":" TEXT ",\"columns\":" TEXTS)) ",\"layouts\":" TO("Layouts") ",\"board\":"
        OR_NULL(OBJECT("\"field\",\"sum\"", "\"field\":" TEXT ",\"sum\":" TEXT_OR)) ",\"calendar\":" OR_NULL(OBJECT(
        "\"start\",\"end\",\"done\"", "\"start\":" TEXT ",\"end\":" TEXT_OR ",\"done\":" TEXT_OR))
        ",\"may\":{\"type\":\"object\",\"additionalProperties\":" BOOL "}") ","
    "\"Meta\":" OBJECT(
        "\"entities\",\"organisation\",\"currency\",\"currencies\",\"fiscal\",\"zone\",\"languages\",\"version\",\"program\",\"user\"",
        "\"entities\":" LIST(TO("Entity")) ",\"organisation\":" TEXT_OR ",\"currency\":" TEXT ",\"currencies\":" LIST(
        OBJECT("\"code\",\"decimals\",\"symbol\"", "\"code\":" TEXT ",\"decimals\":" INT ",\"symbol\":" TEXT))
        ",\"fiscal\":" OBJECT("\"start_month\"", "\"start_month\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":12}")
        ",\"zone\":" TEXT ",\"languages\":" TEXTS ",\"version\":" TEXT ",\"program\":" TEXT ",\"user\":" OBJECT(
        "\"id\",\"name\",\"role\",\"language\",\"zone\"", "\"id\":" ID ",\"name\":" TEXT ",\"role\":" TEXT
        ",\"language\":" TEXT ",\"zone\":" TEXT)) ","
    "\"Settings\":" OBJECT("\"name\",\"currency\",\"zone\",\"fiscal_start_month\",\"language\"", "\"name\":" TEXT_OR
        ",\"currency\":" TEXT ",\"zone\":" TEXT
        ",\"fiscal_start_month\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":12},\"language\":" TEXT) ","
    "\"SettingsPatch\":" OBJECT("", "\"name\":" TEXT_OR ",\"currency\":" TEXT ",\"zone\":" TEXT
        ",\"fiscal_start_month\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":12},\"language\":" TEXT) ","
    "\"Health\":" OBJECT("\"status\",\"version\",\"database\"", "\"status\":" TEXT ",\"version\":" TEXT
        ",\"database\":" TEXT) ","

    /* questions */
    "\"Hits\":" OBJECT("\"hits\",\"more\"", "\"hits\":" LIST(OBJECT("\"entity\",\"id\",\"name\",\"snippet\"",
        "\"entity\":" TEXT ",\"id\":" ID ",\"name\":" TEXT ",\"snippet\":" TEXT_OR)) ",\"more\":" BOOL) ","
    "\"Question\":" OBJECT("\"query\"", "\"query\":" TEXT ",\"after\":" TEXT_OR) ","
    "\"Answer\":" OBJECT("\"records\"",
        "\"records\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"description\":\"A member for each field, "
        "alias or aggregate of the SELECT; dotted paths nested.\"}}," NEXT ",\"count\":" COUNT) ","

    /* what happened */
    "\"Change\":" OBJECT("\"at\",\"by\",\"operation\",\"fields\"", "\"at\":" TIME ",\"by\":" OR_NULL(TO("Reference"))
        ",\"operation\":" OR_NULL(ID) ",\"what\":" TEXT ",\"fields\":{\"type\":\"object\",\"additionalProperties\":"
        OBJECT("\"old\",\"new\"", "\"old\":{},\"new\":{}") "}") ","
    "\"History\":" OBJECT("\"changes\",\"next\"", "\"changes\":" LIST(TO("Change")) "," NEXT) ","
    "\"Happening\":" OBJECT("\"at\",\"kind\"", "\"at\":" TIME ",\"kind\":" TEXT ",\"by\":" OR_NULL(TO("Reference"))
        ",\"operation\":" OR_NULL(ID) ",\"what\":" TEXT
        ",\"record\":{\"type\":[\"object\",\"null\"]},\"fields\":{\"type\":\"object\"}") ","
    "\"Timeline\":" OBJECT("\"changes\",\"next\"", "\"changes\":" LIST(TO("Happening")) "," NEXT) ","
    "\"Operation\":" OBJECT("\"id\",\"kind\",\"note\",\"by\",\"at\",\"records\",\"undone_at\"", "\"id\":" ID
        ",\"kind\":" TEXT ",\"note\":" TEXT_OR ",\"by\":" OR_NULL(TO("Reference")) ",\"at\":" TIME ",\"records\":"
        COUNT ",\"undone_at\":" TIME_OR) ","
    "\"Operations\":" OBJECT("\"operations\",\"next\"", "\"operations\":" LIST(TO("Operation")) "," NEXT) ","
    "\"Undone\":" OBJECT("\"operation\",\"restored\",\"purged\",\"skipped\",\"kept\"", "\"operation\":" ID
        ",\"restored\":" COUNT ",\"purged\":" COUNT ",\"skipped\":" COUNT ",\"kept\":" LIST(OBJECT(
        "\"entity\",\"id\",\"name\"", "\"entity\":" TEXT ",\"id\":" ID ",\"name\":" TEXT))) ","
    "\"BulkResult\":" OBJECT("\"results\",\"operation\"", "\"results\":" LIST(OBJECT("\"status\"", "\"status\":" INT
        ",\"id\":" ID ",\"version\":" INT ",\"code\":" TEXT ",\"detail\":" TEXT ",\"errors\":" LIST(TO("FieldProblem"))))
        ",\"operation\":" ID) ","

    /* files, jobs */
    "\"Upload\":{\"type\":\"object\",\"required\":[\"file\"],\"properties\":{\"file\":{\"type\":\"string\",\"format\":\"binary\"},"
        "\"about\":{\"type\":\"string\",\"description\":\"A record: account/7\"}}},"
    "\"File\":" OBJECT("\"id\",\"name\",\"size\",\"type\",\"sha256\",\"about\",\"created_at\"", "\"id\":" ID
        ",\"name\":" TEXT ",\"size\":" COUNT ",\"type\":" TEXT ",\"sha256\":" TEXT ",\"about\":" OR_NULL(OBJECT(
        "\"entity\",\"id\"", "\"entity\":" TEXT ",\"id\":" ID)) ",\"created_at\":" TIME) ","
    "\"Files\":" OBJECT("\"files\"", "\"files\":" LIST(TO("File"))) ","
    "\"ImportRequest\":" OBJECT("\"entity\",\"file\"", "\"entity\":" TEXT ",\"file\":" ID
        ",\"map\":{\"type\":[\"object\",\"null\"]},\"match\":" TEXT_OR ",\"sheet\":" TEXT_OR ",\"create_missing\":"
        BOOL ",\"dry_run\":" BOOL) ","
    "\"ExportRequest\":" OBJECT("", "\"entity\":" TEXT ",\"where\":" TEXT_OR ",\"order\":" TEXT_OR ",\"select\":"
        TEXT_OR ",\"query\":" TEXT_OR
        ",\"format\":{\"type\":\"string\",\"enum\":[\"csv\",\"xlsx\",\"json\"],\"default\":\"csv\"},\"labels\":" BOOL
        ",\"bom\":" BOOL ",\"raw\":" BOOL) ","
    "\"JobStarted\":" OBJECT("\"job\"", "\"job\":" ID) ","
    "\"Job\":" OBJECT(
        "\"id\",\"kind\",\"state\",\"phase\",\"done\",\"total\",\"user\",\"created_at\",\"started_at\",\"finished_at\","
        "\"request\",\"result\",\"error\"", "\"id\":" ID ",\"kind\":" TEXT
        ",\"state\":{\"type\":\"string\",\"enum\":[\"queued\",\"running\",\"done\",\"failed\",\"cancelled\"]},\"phase\":"
        TEXT_OR ",\"done\":" COUNT ",\"total\":" COUNT ",\"user\":" ID ",\"created_at\":" TIME ",\"started_at\":"
        TIME_OR ",\"finished_at\":" TIME_OR
        ",\"request\":{\"type\":\"object\"},\"result\":{\"type\":[\"object\",\"null\"]},\"error\":" TEXT_OR) ","
    "\"Jobs\":" OBJECT("\"jobs\"", "\"jobs\":" LIST(TO("Job")));
/* clang-format on */

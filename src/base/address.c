#include "base/address.h"

#include <arpa/inet.h>

enum { V6_NET_BITS = 64 };

/* Every address as one of IPv6; IPv4 is mapped into ::ffff:0:0/96. */
typedef struct {
    unsigned char byte[16];
    bool          v4;
} ip;

struct address_nets {
    size_t count;
    struct {
        ip  at;
        int bits;
    } nets[ADDRESS_NETS];
};

static bool read_ip(str text, ip *out)
{
    static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
    char                       word[INET6_ADDRSTRLEN];
    struct in_addr             v4;
    if (text.n <= 0 || text.n >= (ptrdiff_t)sizeof word)
        return false;
    memcpy(word, text.p, (size_t)text.n);
    word[text.n] = 0;
    if (inet_pton(AF_INET, word, &v4) == 1) {
        memcpy(out->byte, mapped, sizeof mapped);
        memcpy(out->byte + 12, &v4, 4);
        out->v4 = true;
        return true;
    }
    if (inet_pton(AF_INET6, word, out->byte) != 1)
        return false;
    out->v4 = memcmp(out->byte, mapped, sizeof mapped) == 0;
    return true;
}

str address_net(arena *a, str address)
{
    ip   at;
    char text[INET6_ADDRSTRLEN];
    if (!read_ip(address, &at))
        return address;
    if (at.v4)
        return arena_str(a, str_from(inet_ntop(AF_INET, at.byte + 12, text, sizeof text)));
    memset(at.byte + V6_NET_BITS / 8, 0, sizeof at.byte - V6_NET_BITS / 8);
    return arena_printf(a, "%s/%d", inet_ntop(AF_INET6, at.byte, text, sizeof text), V6_NET_BITS);
}

static bool read_net(str word, ip *at, int *bits)
{
    ptrdiff_t slash = str_find_char(word, '/');
    int64_t   n = 0;
    if (!read_ip(slash < 0 ? word : str_sub(word, 0, slash), at))
        return false;
    int64_t most = at->v4 ? 32 : 128;
    if (slash >= 0 && (!str_to_int64(str_sub(word, slash + 1, word.n), &n) || n < 0 || n > most))
        return false;
    *bits = (int)(slash < 0 ? 128 : at->v4 ? n + 96 : n);
    return true;
}

bool address_nets_read(arena *a, str text, address_nets **out, str *bad)
{
    address_nets *list = arena_make(a, address_nets);
    for (ptrdiff_t at = 0; at < text.n;) {
        ptrdiff_t from = at;
        while (at < text.n && text.p[at] != ',' && text.p[at] != ' ' && text.p[at] != '\t')
            at++;
        str word = str_sub(text, from, at++);
        if (word.n == 0)
            continue;
        if (list->count == ADDRESS_NETS ||
            !read_net(word, &list->nets[list->count].at, &list->nets[list->count].bits)) {
            *bad = word;
            return false;
        }
        list->count++;
    }
    *out = list;
    return true;
}

static bool inside(const ip *x, const ip *net, int bits)
{
    size_t whole = (size_t)bits / 8;
    if (memcmp(x->byte, net->byte, whole) != 0)
        return false;
    int rest = bits % 8;
    return rest == 0 || (x->byte[whole] ^ net->byte[whole]) >> (8 - rest) == 0;
}

bool address_nets_hold(const address_nets *nets, str address)
{
    ip x;
    if (!nets || !read_ip(address, &x))
        return false;
    for (size_t i = 0; i < nets->count; i++)
        if (inside(&x, &nets->nets[i].at, nets->nets[i].bits))
            return true;
    return false;
}

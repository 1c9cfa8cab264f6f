// SPDX-License-Identifier: Apache-2.0
// The blocks of a DCP message: each as JSON in its own words, and what they say together.
#include "proto/profinet/dcp.h"

#include "base/cur.h"
#include "base/hash.h"

enum { OPTION_IP = 1, OPTION_DEVICE, OPTION_DHCP, OPTION_CONTROL = 5, OPTION_ALL = 255 };
enum { SUB_RESPONSE = 4 };
enum { VENDOR_FIRST = 0x80, VENDOR_LAST = 0xfe };

// What a block's value is.
enum form {
    AS_HEX,
    AS_NOTHING,
    AS_MAC,
    AS_IP,
    AS_IP_SUITE,
    AS_TEXT,
    AS_NAME,
    AS_ALIAS,
    AS_TYPE,
    AS_ID,
    AS_OEM,
    AS_ROLE,
    AS_PAIRS,
    AS_NUMBER,
    AS_UUID,
    AS_INITIATIVE,
    AS_SIGNAL,
    AS_RESPONSE,
    AS_RESET,
    AS_RESET_ALL,
    AS_DHCP,
    AS_ALL
};
enum { ANY = 255 };

static const struct kind {
    uint8_t option, sub;
    uint8_t form, length; // of the value behind qualifier or info; ANY
    const char *name;
} kinds[] = {
    {1, 1, AS_MAC, 6, "MAC address"},
    {1, 2, AS_IP, 12, "IP parameter"},
    {1, 3, AS_IP_SUITE, 28, "full IP suite"},
    {2, 1, AS_TYPE, ANY, "type of station"},
    {2, 2, AS_NAME, ANY, "name of station"},
    {2, 3, AS_ID, 4, "device ID"},
    {2, 4, AS_ROLE, 2, "device role"},
    {2, 5, AS_PAIRS, ANY, "device options"},
    {2, 6, AS_ALIAS, ANY, "alias name"},
    {2, 7, AS_NUMBER, 2, "device instance"},
    {2, 8, AS_OEM, 4, "OEM device ID"},
    {2, 9, AS_NUMBER, 2, "standard gateway"},
    {2, 10, AS_NUMBER, 2, "RSI properties"},
    {3, 12, AS_DHCP, ANY, "DHCP host name"},
    {3, 43, AS_DHCP, ANY, "DHCP vendor specific"},
    {3, 54, AS_DHCP, ANY, "DHCP server identifier"},
    {3, 55, AS_DHCP, ANY, "DHCP parameter request list"},
    {3, 60, AS_DHCP, ANY, "DHCP class identifier"},
    {3, 61, AS_DHCP, ANY, "DHCP client identifier"},
    {3, 81, AS_DHCP, ANY, "DHCP FQDN"},
    {3, 97, AS_DHCP, ANY, "DHCP UUID client identifier"},
    {3, 255, AS_DHCP, ANY, "control of DHCP"},
    {5, 1, AS_NOTHING, 0, "start transaction"},
    {5, 2, AS_NOTHING, 0, "end transaction"},
    {5, 3, AS_SIGNAL, 2, "signal"},
    {5, 4, AS_RESPONSE, 3, "response"},
    {5, 5, AS_RESET_ALL, 0, "factory reset"},
    {5, 6, AS_RESET, 0, "reset to factory"},
    {6, 1, AS_INITIATIVE, 2, "device initiative"},
    {7, 1, AS_UUID, 16, "TSN domain UUID"},
    {7, 2, AS_NUMBER, 2, "TSN NME priority"},
    {7, 3, AS_UUID, 16, "TSN NME parameter UUID"},
    {7, 4, AS_UUID, 16, "TSN NME agent UUID"},
    {7, 5, AS_HEX, 8, "TSN CIM interface"},
    {255, 255, AS_ALL, ANY, "all"},
};

static const struct kind *kind_of(uint8_t option, uint8_t sub)
{
    static const struct kind vendors_own = {0, 0, AS_HEX, ANY, "manufacturer specific"};
    static const struct kind reserved = {0, 0, AS_HEX, ANY, "reserved"};

    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (kinds[i].option == option && kinds[i].sub == sub)
            return &kinds[i];
    return option >= VENDOR_FIRST && option <= VENDOR_LAST ? &vendors_own : &reserved;
}

// ---------------------------------------------------------------- text

void dcp_escape(struct text *t, struct slice s)
{
    for (uint32_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\\')
            text_str(t, "\\\\");
        else if (s.p[i] >= 0x20 && s.p[i] < 0x7f)
            text_char(t, (char)s.p[i]);
        else {
            text_str(t, "\\x");
            text_hex(t, s.p + i, 1);
        }
    }
}

void dcp_json(struct text *t, struct slice s)
{
    for (uint32_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\\')
            text_str(t, "\\\\\\\\");
        else if (s.p[i] == '"')
            text_str(t, "\\\"");
        else if (s.p[i] >= 0x20 && s.p[i] < 0x7f)
            text_char(t, (char)s.p[i]);
        else {
            text_str(t, "\\\\x");
            text_hex(t, s.p + i, 1);
        }
    }
}

// text_printf is not for hot paths.
static void put_number(struct text *t, const char *before, uint32_t n)
{
    text_str(t, before);
    text_u64(t, n);
}

static void put_words(struct text *t, const char *before, const char *words)
{
    text_str(t, before);
    text_str(t, words);
    text_char(t, '"');
}

static void put_hex16(struct text *t, const char *before, uint16_t n)
{
    text_str(t, before);
    text_hex(t, (const uint8_t[]){(uint8_t)(n >> 8), (uint8_t)n}, 2);
}

static struct slice without_zeros(struct slice s)
{
    while (s.n && !s.p[s.n - 1])
        s.n--;
    return s;
}

void dcp_role(struct text *t, uint8_t bits)
{
    static const char *const role[] = {"io_device", "io_controller", "io_multidevice",
                                       "io_supervisor"};
    bool first = true;

    for (unsigned i = 0; i < COUNT_OF(role); i++) {
        if (!(bits >> i & 1))
            continue;
        text_str(t, first ? "" : ",");
        text_str(t, role[i]);
        first = false;
    }
}

static void put_id(struct text *t, uint16_t vendor, uint16_t device)
{
    const char *name = profinet_vendor(vendor);

    text_str(t, name ? name : "vendor");
    put_hex16(t, name ? " (0x" : " 0x", vendor);
    put_hex16(t, name ? "), device 0x" : ", device 0x", device);
}

static void put_reset(struct text *t, uint8_t mode)
{
    static const char *const text[] = {NULL,
                                       "application data",
                                       "communication parameters",
                                       "engineering parameters",
                                       "all stored data",
                                       "engineering parameters",
                                       NULL,
                                       NULL,
                                       "device to delivery state",
                                       "firmware and data restored"};

    text_str(t, mode < COUNT_OF(text) && text[mode] ? text[mode] : "reserved");
    put_number(t, " (mode ", mode);
    text_char(t, ')');
}

// ---------------------------------------------------------------- what a block says

static struct addr ip_at(struct cur *c)
{
    struct slice s = cur_take(c, 4);

    return s.p ? addr_of(ADDR_IP4, s.p) : (struct addr){0};
}

static void read_ip(struct dcp *d, struct cur *c, struct text *t)
{
    d->ip = ip_at(c);
    d->netmask = ip_at(c);
    d->gateway = ip_at(c);
    text_addr(t, &d->ip);
    text_str(t, ", mask ");
    text_addr(t, &d->netmask);
    text_str(t, ", gateway ");
    text_addr(t, &d->gateway);
    for (int i = 0; i < 4 && cur_left(c) >= 4; i++) {
        struct addr dns = ip_at(c);
        text_str(t, i ? ", " : ", DNS ");
        text_addr(t, &dns);
    }
}

static void read_name(struct dcp *d, struct slice s, struct text *t)
{
    d->name = without_zeros(s);
    if (!s.n)
        d->name.p = d->blocks.p; // an empty name is one, too
    d->name_why = dcp_name_fault(d->name, &d->name_fault);
    dcp_json(t, d->name);
}

static void read_id(struct dcp *d, struct cur *c, struct text *t)
{
    d->vendor = cur_be16(c);
    d->device = cur_be16(c);
    d->has_id = true;
    put_id(t, d->vendor, d->device);
}

static void put_pairs(struct text *t, struct slice s)
{
    for (uint32_t i = 0; i + 1 < s.n; i += 2) {
        put_number(t, i ? " " : "", s.p[i]);
        put_number(t, "/", s.p[i + 1]);
    }
}

static void put_dhcp(struct dcp *d, uint8_t sub, struct slice s, struct text *t)
{
    struct cur c = cur_of(s);
    uint8_t code = cur_u8(&c), length = cur_u8(&c);
    struct slice data = cur_take(&c, length);

    if (c.bad || code != sub || cur_left(&c))
        dcp_fault(d, "DHCP option in a block does not fit");
    if (sub == 255)
        text_str(t, data.n && data.p[0] == 2   ? "use DHCP"
                    : data.n && data.p[0] == 1 ? "no DHCP, all its options reset"
                                               : "no DHCP");
    else if (sub == 12 || sub == 60)
        dcp_json(t, data);
    else if (sub == 61 && data.n == 7 && data.p[0] == 1)
        text_mac(t, &(struct mac){
                        {data.p[1], data.p[2], data.p[3], data.p[4], data.p[5], data.p[6]}});
    else if (sub == 61 && data.n && data.p[0] == 0)
        dcp_json(t, slice_of(data.p + 1, data.n - 1));
    else
        text_hex(t, data.p, data.n);
}

// The value, as text inside a JSON string; and into d what the message says as a whole.
static void read_value(struct dcp *d, const struct kind *k, uint8_t sub, struct slice s,
                       struct text *t)
{
    struct cur c = cur_of(s);
    uint16_t n;

    switch ((enum form)k->form) {
    case AS_NOTHING:
    case AS_ALL:
    case AS_RESPONSE:
    case AS_RESET_ALL: break;
    case AS_HEX:
    case AS_UUID: text_hex(t, s.p, s.n); break;
    case AS_MAC:
        memcpy(d->mac.b, s.p, sizeof(d->mac.b));
        d->has_mac = true;
        text_mac(t, &d->mac);
        break;
    case AS_IP:
    case AS_IP_SUITE: read_ip(d, &c, t); break;
    case AS_NAME: read_name(d, s, t); break;
    case AS_TYPE:
        d->station_type = without_zeros(s);
        dcp_json(t, d->station_type);
        break;
    case AS_TEXT:
    case AS_ALIAS: dcp_json(t, without_zeros(s)); break;
    case AS_ID: read_id(d, &c, t); break;
    case AS_OEM:
        n = cur_be16(&c);
        put_id(t, n, cur_be16(&c));
        break;
    case AS_ROLE:
        d->role = cur_u8(&c);
        d->has_role = true;
        dcp_role(t, d->role);
        break;
    case AS_PAIRS: put_pairs(t, s); break;
    case AS_NUMBER: text_u64(t, cur_be16(&c)); break;
    case AS_INITIATIVE:
        n = cur_be16(&c);
        text_str(t, n == 1 ? "sends Hello" : n ? "reserved" : "no Hello");
        break;
    case AS_SIGNAL:
        n = cur_be16(&c);
        text_str(t, n == 0x0100 ? "flash once" : "reserved");
        break;
    case AS_RESET: put_reset(t, d->reset_mode); break;
    case AS_DHCP: put_dhcp(d, sub, s, t); break;
    }
}

// ---------------------------------------------------------------- one block

static uint8_t action_of(uint8_t option, uint8_t sub)
{
    switch (option) {
    case OPTION_IP: return DCP_SET_IP;
    case OPTION_DEVICE: return sub == 2 ? DCP_SET_NAME : DCP_SET_OTHER;
    case OPTION_DHCP: return DCP_SET_DHCP;
    case OPTION_CONTROL:
        return sub == 6   ? DCP_SET_RESET
               : sub == 5 ? DCP_SET_RESET | DCP_SET_ALL_RESET
               : sub == 3 ? DCP_SET_BLINK
                          : 0;
    default: return DCP_SET_OTHER;
    }
}

static uint8_t filter_of(uint8_t option, uint8_t sub)
{
    if (option == OPTION_ALL)
        return DCP_BY_ALL;
    if (option == OPTION_DEVICE)
        return sub == 2 ? DCP_BY_NAME : sub == 6 ? DCP_BY_ALIAS : DCP_BY_OTHER;
    return DCP_BY_OTHER;
}

static void put_head(struct text *t, uint8_t option, uint8_t sub, const char *name)
{
    put_number(t, "{\"option\":", option);
    put_number(t, ",\"suboption\":", sub);
    put_words(t, ",\"name\":\"", name);
}

static void read_response(struct dcp *d, struct cur *c, struct text *t)
{
    uint8_t option = cur_u8(c), sub = cur_u8(c), error = cur_u8(c);

    put_words(t, ",\"value\":\"", kind_of(option, sub)->name);
    put_number(t, ",\"for_option\":", option);
    put_number(t, ",\"for_suboption\":", sub);
    put_number(t, ",\"error\":", error);
    put_words(t, ",\"error_text\":\"", profinet_error(error));
    if (!error)
        return;
    d->refused |= action_of(option, sub);
    if (!d->error)
        d->error = error;
}

// What stands before the value (specification of DCP, section 3); false: there is no room.
static bool read_prefix(struct dcp *d, const struct kind *k, struct cur *c, struct text *t)
{
    bool answer = d->service != DCP_SET && (d->type || d->service == DCP_HELLO);
    bool set = d->service == DCP_SET && !d->type;
    uint16_t n;

    if (k->form == AS_RESPONSE || !(answer || set))
        return true;
    n = cur_be16(c);
    if (c->bad)
        return false;
    if (set) {
        d->permanent |= n & 1;
        d->reset_mode = k->form == AS_RESET ? (uint8_t)min_u32(n >> 1, 255) : d->reset_mode;
        put_number(t, ",\"qualifier\":", n);
        return true;
    }
    put_number(t, ",\"info\":", n);
    if (k->form == AS_IP || k->form == AS_IP_SUITE) {
        static const char *const how[] = {"not set", "set", "set by DHCP", "reserved"};
        d->ip_info = n;
        d->has_ip_info = true;
        text_str(t, ",\"info_text\":\"");
        put_words(t, how[n & 3], n & 0x80 ? ", conflict" : "");
    }
    return true;
}

static bool length_fits(const struct kind *k, uint32_t n)
{
    if (k->form == AS_ALL)
        return n == 0 || n == 2;
    if (k->form == AS_NAME || k->form == AS_ALIAS)
        return n <= DCP_NAME_MOST || k->form == AS_NAME; // a name's length is the name's fault
    if (k->form == AS_PAIRS)
        return n % 2 == 0;
    return k->length == ANY || k->length == n;
}

static void read_block(struct dcp *d, uint8_t option, uint8_t sub, struct cur *c,
                       struct text *t)
{
    const struct kind *k = kind_of(option, sub);

    put_head(t, option, sub, k->name);
    if (!read_prefix(d, k, c, t))
        dcp_fault(d, "block too short for its qualifier or info");
    else if (!length_fits(k, cur_left(c)))
        dcp_fault(d, "length of a block's value is wrong");
    else if (k->form == AS_RESPONSE)
        read_response(d, c, t);
    else {
        text_str(t, ",\"value\":\"");
        read_value(d, k, sub, cur_rest(c), t);
        text_char(t, '"');
    }
    text_char(t, '}');
    if (d->service == DCP_IDENTIFY && !d->type)
        d->asks |= filter_of(option, sub);
    else if (d->service == DCP_SET && !d->type)
        d->actions |= action_of(option, sub);
}

// A Get request names only what it wants.
static void read_wishes(struct dcp *d, struct text *t)
{
    struct cur c = cur_of(d->blocks);

    for (; cur_left(&c) >= 2 && d->n_blocks < DCP_BLOCKS_MOST; d->n_blocks++) {
        uint8_t option = cur_u8(&c), sub = cur_u8(&c);
        text_str(t, d->n_blocks ? "," : "");
        put_head(t, option, sub, kind_of(option, sub)->name);
        text_char(t, '}');
        d->print = hash_mix(d->print, (uint64_t)option << 8 | sub);
    }
    if (cur_left(&c) && !d->truncated)
        dcp_fault(d, "bytes behind the last option");
}

void dcp_blocks(struct dcp *d, struct text *t)
{
    struct cur c = cur_of(d->blocks);

    if (d->service == DCP_GET && !d->type) {
        read_wishes(d, t);
        return;
    }
    while (cur_left(&c) >= 4 && d->n_blocks < DCP_BLOCKS_MOST) {
        uint8_t option = cur_u8(&c), sub = cur_u8(&c);
        uint16_t length = cur_be16(&c);
        if (cur_left(&c) < length) {
            if (!d->truncated)
                dcp_fault(d, "a block runs over the end");
            return;
        }
        struct cur block = cur_sub(&c, length);
        d->print = hash_mix(d->print, hash_bytes(block.p, length, (uint64_t)option << 8 | sub));
        text_str(t, d->n_blocks++ ? "," : "");
        read_block(d, option, sub, &block, t);
        if (length % 2 && cur_left(&c) && cur_u8(&c))
            d->padded = true;
    }
    if (cur_left(&c) && !d->truncated)
        dcp_fault(d, d->n_blocks == DCP_BLOCKS_MOST ? "too many blocks"
                                                    : "bytes behind the last block");
}
